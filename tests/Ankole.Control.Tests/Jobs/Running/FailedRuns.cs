namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>Runs whose attempts fail: the clock is moved over the pauses between them.</summary>
internal static class FailedRuns
{
    /// <summary>The end of the run of <paramref name="tick"/>, reached by moving the clock in steps.</summary>
    public static async Task<JobRun> EndAsync(JobWorld world, string job, DateTimeOffset tick)
    {
        var steps = 0;
        return (await world.UntilAsync(async () =>
        {
            var status = (await world.JobAsync(job)).Status;
            if (status is { Active: null, LastRun: { } run } && run.ScheduledAt == tick)
                return run;
            // Every attempt is on the record before its pause begins; a little real time lets the pause begin before the clock moves.
            if (status.Active is not null && ++steps % 5 == 0)
                world.Time.Advance(TimeSpan.FromSeconds(2));
            return null;
        }))!;
    }
}
