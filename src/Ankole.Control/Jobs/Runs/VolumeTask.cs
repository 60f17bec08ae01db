namespace Ankole.Control;

/// <summary>A job's task on one volume, step by step. Every step finds what it did before and does it only once.</summary>
/// <remarks>
/// Longhorn's order and its counting. One thing differs: results that cannot be deleted do not keep the next snapshot or backup from being made.
/// </remarks>
internal static class VolumeTask
{
    /// <exception cref="JobFailedException">It did not succeed.</exception>
    public static Task RunAsync(JobOnVolume job, CancellationToken cancellationToken) => job.Job.Spec.Task switch
    {
        JobTask.Snapshot => SnapshotAsync(job, pruneFirst: true, cancellationToken),
        JobTask.SnapshotForceCreate => SnapshotAsync(job, pruneFirst: false, cancellationToken),
        JobTask.Backup => BackupAsync(job, pruneFirst: true, cancellationToken),
        JobTask.BackupForceCreate => BackupAsync(job, pruneFirst: false, cancellationToken),
        JobTask.SnapshotDelete => JobPruning.AnySnapshotsAsync(job, cancellationToken),
        JobTask.SnapshotCleanup => OperationStep.RunAsync(job, "purge", cancellationToken),
        JobTask.FilesystemTrim => TrimAsync(job, cancellationToken),
        var other => throw new JobFailedException($"the task '{other}' is unknown: write one of {string.Join(", ", JobTask.All)}."),
    };

    private static async Task SnapshotAsync(JobOnVolume job, bool pruneFirst, CancellationToken cancellationToken)
    {
        if (pruneFirst)
            await JobPruning.SnapshotsAsync(job, job.Current.Snapshot, cancellationToken);
        var snapshot = await SnapshotStep.TakeAsync(job, cancellationToken);
        await JobPruning.SnapshotsAsync(job, snapshot.Name, cancellationToken);
    }

    private static async Task BackupAsync(JobOnVolume job, bool pruneFirst, CancellationToken cancellationToken)
    {
        var keepOne = await job.Services.Store.ReadBooleanAsync(SettingCatalog.AutoCleanupRecurringJobBackupSnapshot, cancellationToken);
        if (pruneFirst)
            await (keepOne
                ? JobPruning.AllSnapshotsButAsync(job, job.Current.Snapshot, behindLastBackup: true, cancellationToken)
                : JobPruning.SnapshotsAsync(job, job.Current.Snapshot, cancellationToken));
        var snapshot = await SnapshotStep.TakeAsync(job, cancellationToken);
        var backup = await BackupStep.BackUpAsync(job, snapshot.Name, cancellationToken);
        await (keepOne
            ? JobPruning.AllSnapshotsButAsync(job, snapshot.Name, behindLastBackup: false, cancellationToken)
            : JobPruning.SnapshotsAsync(job, snapshot.Name, cancellationToken));
        await JobPruning.BackupsAsync(job, JobResults.TargetOf(await job.ReadVolumeAsync(cancellationToken)), backup.Name, cancellationToken);
    }

    private static async Task TrimAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        try
        {
            var done = await OperationStep.RunAsync(job, "trim", cancellationToken);
            job.Report(run => run with { Message = done });
        }
        catch (JobFailedException e)
        {
            await job.Services.Events.RecordAsync(
                job.Job, warning: true, "FailedFilesystemTrim", $"Volume '{job.Volume}': {e.Message}", JobServices.Component, cancellationToken);
            throw;
        }
        await OperationStep.RunAsync(job, "purge", cancellationToken);
    }
}
