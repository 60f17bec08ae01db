namespace Ankole.Control;

/// <summary>Values of <see cref="RecurringJobSpec.Task"/>, Longhorn's words.</summary>
public static class JobTask
{
    public const string Snapshot = "snapshot";
    public const string SnapshotForceCreate = "snapshot-force-create";
    public const string SnapshotCleanup = "snapshot-cleanup";
    public const string SnapshotDelete = "snapshot-delete";
    public const string Backup = "backup";
    public const string BackupForceCreate = "backup-force-create";
    public const string FilesystemTrim = "filesystem-trim";

    public static IReadOnlyList<string> All { get; } =
        [Snapshot, SnapshotForceCreate, SnapshotCleanup, SnapshotDelete, Backup, BackupForceCreate, FilesystemTrim];

    public static bool IsBackup(string task) => task is Backup or BackupForceCreate;

    public static bool MakesSnapshot(string task) => task is Snapshot or SnapshotForceCreate or Backup or BackupForceCreate;
}
