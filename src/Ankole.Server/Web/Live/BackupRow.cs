using Ankole.Control;
namespace Ankole.Server.Web.Live;

/// <summary>What lists and pictures show of a Backup: small, since there may be many thousands.</summary>
/// <param name="CreatedAt">When the backup was made; for one that is not done when it was asked for.</param>
/// <param name="SizeBytes">Uncompressed bytes of its blocks; null while unknown.</param>
/// <param name="NewBytes">Uncompressed bytes that were sent.</param>
/// <param name="Job">The recurring job that made it; null: somebody by hand.</param>
/// <param name="IsForeign">True: found in the target, not made here.</param>
public sealed record BackupRow(
    string Name, string BackupName, string Volume, string Target, string State, DateTimeOffset CreatedAt, long? SizeBytes, long NewBytes, string? Job, bool IsForeign)
{
    /// <summary>Empty while unknown.</summary>
    public string Snapshot { get; init; } = "";

    public int Progress { get; init; }

    /// <summary>Null unless it runs.</summary>
    public TransferStatus? Transfer { get; init; }

    public string? Error { get; init; }

    /// <summary>Why what is shown may no longer be so; null: it was seen at the last look.</summary>
    public string? Stale { get; init; }

    public bool IsDeleting { get; init; }

    public bool IsRunning => State is BackupState.InProgress or BackupState.Pending or BackupState.New && !IsDeleting && !IsForeign;

    public static BackupRow Of(Resource resource)
    {
        var backup = (BackupResource)resource;
        var status = backup.Status;
        var labels = status.Labels.Count > 0 ? status.Labels : backup.Spec.Labels;
        var stale = status.Conditions.FirstOrDefault(condition => condition.Type == "Stale" && condition.Status == Condition.True);
        return new BackupRow(
            backup.Name,
            Same(backup.Spec.BackupName, backup.Name),
            string.Intern(status.VolumeName.Length > 0 ? status.VolumeName : backup.Spec.VolumeName),
            string.Intern(status.BackupTargetName.Length > 0 ? status.BackupTargetName : backup.Spec.BackupTargetName),
            string.Intern(status.State),
            status.BackupCreatedAt ?? backup.Metadata.CreationTimestamp ?? default,
            long.TryParse(status.Size, out var size) ? size : null,
            status.NewlyUploadDataSize,
            labels.TryGetValue(SystemNames.RecurringJobLabel, out var job) ? string.Intern(job) : null,
            backup.Spec.Mirrored)
        {
            Snapshot = status.SnapshotName.Length > 0 ? status.SnapshotName : backup.Spec.SnapshotName,
            Progress = status.Progress,
            Transfer = BackupState.IsFinal(status.State) ? null : status.Transfer,
            Error = status.Error.Length > 0 ? status.Error : null,
            Stale = stale?.Message,
            IsDeleting = backup.IsDeleting,
        };
    }

    public static int NewestFirst(BackupRow one, BackupRow other)
    {
        var byTime = other.CreatedAt.CompareTo(one.CreatedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(one.Name, other.Name);
    }

    private static string Same(string wanted, string name) => wanted.Length == 0 || wanted == name ? name : wanted;
}
