using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>A backup's record as its resource shows it.</summary>
internal static class BackupMirror
{
    /// <summary>The name in the backupstore.</summary>
    public static string StoredName(this BackupResource backup) => backup.Spec.BackupName.Length > 0 ? backup.Spec.BackupName : backup.Name;

    /// <summary>The target that a backup's URL begins with; null for none.</summary>
    public static TargetUrl? TargetOf(string backupUrl)
    {
        if (backupUrl.Length == 0)
            return null;
        try
        {
            return BackupUrl.ParseAny(backupUrl).Target;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    public static BackupStatus Fill(BackupStatus before, BackupInspection record, BackupstoreLease lease, DateTimeOffset now)
    {
        var status = before with
        {
            Url = new BackupUrl(lease.Url, record.Volume, record.Name).ToString(), VolumeName = record.Volume, BackupTargetName = lease.Target.Name,
            LastSyncedAt = now,
        };
        if (record.Problem is { } problem)
            return status with
            {
                State = BackupState.Error, Error = problem, Conditions = before.Conditions.With(new Condition("Stale", Condition.True, "Unreadable", problem), now),
            };
        return status with
        {
            State = BackupState.Completed, Progress = 100, Error = "", Transfer = null, SnapshotName = record.Snapshot,
            SnapshotCreatedAt = before.SnapshotCreatedAt ?? RecordTime.Parse(record.SnapshotCreatedAt), BackupCreatedAt = RecordTime.Parse(record.CreatedAt),
            Size = record.SizeBytes.ToString(), Labels = record.Labels, CompressionMethod = record.CompressionMethod, BlockSize = record.BlockSize,
            Incremental = record.IsIncremental, NewlyUploadDataSize = record.NewlyUploadedBytes, ReUploadedDataSize = record.ReUploadedBytes,
            Conditions = before.Conditions.With(new Condition("Stale", Condition.False, "Synced", ""), now),
        };
    }
}
