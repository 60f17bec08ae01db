using Ankole.Backup;

namespace Ankole.Cli.Store;

internal sealed record StoreListOutput(
    string Target, IReadOnlyList<VolumeListOutput> Volumes, IReadOnlyList<string> BackingImages, IReadOnlyList<string> SystemBackups);

/// <param name="SizeBytes">Null when the volume's record cannot be read; then <paramref name="Problem"/> says why.</param>
internal sealed record VolumeListOutput(
    string Name, long? SizeBytes, string LastBackupName, string LastBackupAt, IReadOnlyList<string> Backups, string? Problem)
{
    public static VolumeListOutput Of(VolumeSummary volume) => new(
        volume.Name, volume.Record?.SizeBytes, volume.Record?.LastBackupName ?? "", volume.Record?.LastBackupAt ?? "", volume.Backups, volume.Problem);
}

internal sealed record BackupListOutput(string Volume, IReadOnlyList<BackupOutput> Backups);

/// <param name="SizeBytes">Listed blocks × block size.</param>
internal sealed record BackupOutput(
    string Name, string Volume, string Url, string SnapshotName, string SnapshotCreatedAt, string CreatedAt, bool IsFinished, bool IsIncremental,
    long SizeBytes, int BlockCount, int BlockSizeBytes, string CompressionMethod, long NewlyUploadedBytes, long ReUploadedBytes,
    IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Parameters, string? Problem)
{
    public static BackupOutput Of(BackupInspection backup, string url) => new(
        backup.Name, backup.Volume, url, backup.Snapshot, backup.SnapshotCreatedAt, backup.CreatedAt, backup.IsFinished, backup.IsIncremental,
        backup.SizeBytes, backup.Blocks, backup.BlockSize, backup.CompressionMethod, backup.NewlyUploadedBytes, backup.ReUploadedBytes,
        backup.Labels, backup.Parameters, backup.Problem);
}

/// <param name="BlockCount">Distinct blocks stored, as far as the store's writers counted.</param>
internal sealed record VolumeOutput(
    string Name, string Url, long SizeBytes, string CreatedAt, string LastBackupName, string LastBackupAt, long BlockCount, string CompressionMethod,
    string DataEngine, string BackingImageName, string StorageClassName, IReadOnlyDictionary<string, string> Labels, DateTimeOffset ModifiedAt,
    IReadOnlyList<string> Backups)
{
    public static VolumeOutput Of(VolumeInspection volume, string url) => new(
        volume.Record.Name, url, volume.Record.SizeBytes, volume.Record.CreatedTime, volume.Record.LastBackupName, volume.Record.LastBackupAt,
        volume.Record.BlockCount, volume.Record.CompressionMethod, volume.Record.DataEngine, volume.Record.BackingImageName,
        volume.Record.StorageClassName, volume.Record.Labels ?? new Dictionary<string, string>(), volume.ModifiedAt,
        [.. volume.Backups.Select(backup => backup.Name)]);
}

internal sealed record StatisticsOutput(
    long BytesRead, long BytesHashed, long BytesSent, long BytesFetched, long BytesWritten, long BlocksNew, long BlocksReplaced, long BlocksKnown,
    long BlocksZero, long BlocksInherited, long BlocksFetched, RequestCounts Requests, double ElapsedSeconds)
{
    public static StatisticsOutput Of(OperationStatistics statistics) => new(
        statistics.BytesRead, statistics.BytesHashed, statistics.BytesSent, statistics.BytesFetched, statistics.BytesWritten, statistics.BlocksNew,
        statistics.BlocksReplaced, statistics.BlocksKnown, statistics.BlocksZero, statistics.BlocksInherited, statistics.BlocksFetched,
        statistics.Requests, statistics.Elapsed.TotalSeconds);
}

internal sealed record BackupDoneOutput(
    string Volume, string Backup, string Url, long VolumeSizeBytes, int BlockCount, bool IsIncremental, string Base, string BaseReason,
    IReadOnlyList<string> Notes, StatisticsOutput Statistics);

internal sealed record RestoreDoneOutput(
    string Volume, string Backup, string Destination, long SizeBytes, long BlocksWritten, IReadOnlyList<string> Notes, StatisticsOutput Statistics);
