namespace Ankole.Control;

/// <summary>Takes the run's snapshot of one volume.</summary>
internal static class SnapshotStep
{
    /// <summary>Longhorn's 390 looks, one every 5 seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(390 * 5);

    /// <summary>The finished snapshot; the same one however often it is called in one run.</summary>
    /// <exception cref="JobFailedException">It could not be taken.</exception>
    public static async Task<SnapshotResource> TakeAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        var name = job.Current.Snapshot;
        if (name.Length == 0)
            name = await FindUnfinishedAsync(job, cancellationToken) ?? JobNames.Snapshot(job.Job, job.Run.Number, job.Volume);
        job.Report(run => run with { Snapshot = name });
        await CreateAsync(job, name, cancellationToken);

        var key = new ResourceKey(Kinds.Snapshot, null, name);
        Resource? last;
        try
        {
            last = await job.Services.Waiter.WaitAsync(
                key, resource => resource is not SnapshotResource snapshot || snapshot.IsDeleting || snapshot.Status.ReadyToUse || snapshot.Status.Error.Length > 0,
                Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new JobFailedException($"snapshot '{name}' was not taken within {GoDuration.Format(Patience)}: look at the volume's conditions.");
        }
        return last switch
        {
            SnapshotResource { IsDeleting: false, Status.ReadyToUse: true } snapshot => snapshot,
            SnapshotResource { IsDeleting: false } snapshot => throw new JobFailedException($"snapshot '{name}' failed: {snapshot.Status.Error}"),
            _ => throw new JobFailedException($"snapshot '{name}' was deleted before it was taken."),
        };
    }

    private static async ValueTask CreateAsync(JobOnVolume job, string name, CancellationToken cancellationToken)
    {
        try
        {
            await job.Services.Store.CreateAsync(
                new SnapshotResource
                {
                    Metadata = new ObjectMeta
                    {
                        Name = name,
                        Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = job.Volume, [SystemNames.RecurringJobLabel] = job.Job.Name },
                    },
                    Spec = new SnapshotSpec { Volume = job.Volume, CreateSnapshot = true, Labels = job.ResultLabels },
                },
                cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // This run made it before it was interrupted, or an earlier one asked for it and it has not been taken yet.
        }
    }

    /// <summary>An earlier run's snapshot that was asked for and not taken yet: one is enough.</summary>
    private static async ValueTask<string?> FindUnfinishedAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        var own = await JobResults.SnapshotsOfJobAsync(job, cancellationToken);
        return own.Where(snapshot => snapshot.Status is { CreationTime: null, Error: "", MarkRemoved: false } && snapshot.Spec.CreateSnapshot)
            .MaxBy(snapshot => snapshot.Metadata.CreationTimestamp)?.Name;
    }
}
