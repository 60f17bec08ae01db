namespace Ankole.Control;

/// <summary>One run that somebody asks for by <see cref="RecurringJobSpec.RunRequestedAt"/>, beside the schedule. Each request is answered by one run.</summary>
public static class RunRequest
{
    /// <summary>The request that no run was begun for yet; null: none.</summary>
    /// <remarks>One from before the job was made came with its manifest and is no wish of now.</remarks>
    public static DateTimeOffset? Open(RecurringJobResource job) =>
        job.Spec.RunRequestedAt is { } asked && asked > (job.Status.RunRequestedAt ?? DateTimeOffset.MinValue) && asked >= (job.Metadata.CreationTimestamp ?? DateTimeOffset.MinValue)
            ? asked
            : null;

    /// <summary>The job with a request that is newer than every one before: times are kept to the second, two may come within one, and clocks differ.</summary>
    /// <param name="volumes">Empty: all that the job applies to.</param>
    public static RecurringJobResource Ask(RecurringJobResource job, DateTimeOffset now, IReadOnlyList<string> volumes)
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        if (job.Metadata.CreationTimestamp is { } made && made > time)
            time = made;
        foreach (var before in (DateTimeOffset?[])[job.Spec.RunRequestedAt, job.Status.RunRequestedAt])
            if (before >= time)
                time = before.Value.AddSeconds(1);
        return job with { Spec = job.Spec with { RunRequestedAt = time, RunVolumes = volumes } };
    }

    /// <summary>True for the run that answers this request or a later one.</summary>
    public static bool IsAnsweredBy(JobRun run, DateTimeOffset asked) => run.RequestedAt >= asked;
}
