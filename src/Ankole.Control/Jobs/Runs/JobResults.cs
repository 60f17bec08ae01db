namespace Ankole.Control;

/// <summary>What a job has made on one volume so far.</summary>
internal static class JobResults
{
    /// <summary>All snapshots of the volume that nobody has deleted, whoever made them and in whatever state.</summary>
    public static async ValueTask<IReadOnlyList<SnapshotResource>> SnapshotsOfVolumeAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        var found = new List<SnapshotResource>();
        var ofVolume = new FieldRequirement("spec.volume", job.Volume);
        await foreach (var snapshot in job.Services.Store.ListAsync(Kinds.Snapshot, query => query with { Fields = [ofVolume] }, cancellationToken))
        {
            if (!snapshot.IsDeleting && !snapshot.Status.MarkRemoved)
                found.Add(snapshot);
        }
        return found;
    }

    public static async ValueTask<IReadOnlyList<SnapshotResource>> SnapshotsOfJobAsync(JobOnVolume job, CancellationToken cancellationToken) =>
        [.. (await SnapshotsOfVolumeAsync(job, cancellationToken)).Where(snapshot => IsOf(job, snapshot.Spec.Labels))];

    /// <summary>All backups of the volume in the target that its backups go to now. Backups elsewhere are never touched.</summary>
    public static async ValueTask<IReadOnlyList<BackupResource>> BackupsOfVolumeAsync(JobOnVolume job, string target, CancellationToken cancellationToken)
    {
        var found = new List<BackupResource>();
        var ofVolume = StoreNames.Selector(target, job.Volume);
        await foreach (var backup in job.Services.Store.ListAsync(Kinds.Backup, query => query with { Labels = ofVolume }, cancellationToken))
        {
            if (!backup.IsDeleting)
                found.Add(backup);
        }
        return found;
    }

    /// <summary>Finished snapshots count; failed and unfinished ones do not.</summary>
    public static bool Counts(SnapshotResource snapshot) => snapshot.Status is { CreationTime: not null, Error: "" };

    /// <summary>Completed backups count; failed, running and lost ones do not.</summary>
    public static bool Counts(BackupResource backup) => backup.Status.State == BackupState.Completed;

    public static RetentionItem ItemOf(SnapshotResource snapshot) => new(snapshot.Name, snapshot.Status.CreationTime!.Value);

    public static RetentionItem ItemOf(BackupResource backup) => new(
        backup.Name, backup.Status.BackupCreatedAt ?? backup.Status.SnapshotCreatedAt ?? backup.Metadata.CreationTimestamp ?? default);

    public static bool IsOf(JobOnVolume job, BackupResource backup) => IsOf(job, backup.Spec.Labels) || IsOf(job, backup.Status.Labels);

    /// <summary>A volume without a target has the default one.</summary>
    public static string TargetOf(VolumeResource volume) => volume.Spec.BackupTargetName is { Length: > 0 } name ? name : SystemNames.DefaultTarget;

    private static bool IsOf(JobOnVolume job, IReadOnlyDictionary<string, string> labels) =>
        labels.TryGetValue(SystemNames.RecurringJobLabel, out var name) && name == job.Job.Name;
}
