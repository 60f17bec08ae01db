using Ankole.Control;

namespace Ankole.Server.Web.Jobs;

/// <summary>The tasks of recurring jobs as people say them.</summary>
internal static class JobTexts
{
    public static IReadOnlyList<(string Value, string Text)> Choices { get; } =
    [
        (JobTask.Backup, "Backup"), (JobTask.Snapshot, "Snapshot"), (JobTask.SnapshotDelete, "Delete old snapshots"), (JobTask.SnapshotCleanup, "Clean up snapshots"),
        (JobTask.FilesystemTrim, "Trim"), (JobTask.BackupForceCreate, "Backup (without pruning first)"), (JobTask.SnapshotForceCreate, "Snapshot (without pruning first)"),
    ];

    public static string Name(string task) => Choices.FirstOrDefault(choice => choice.Value == task).Text ?? task;

    public static string About(string task) => task switch
    {
        JobTask.Backup => "Takes a snapshot of each volume and sends what changed to its backup target.",
        JobTask.BackupForceCreate => "As Backup; old snapshots are pruned only afterwards.",
        JobTask.Snapshot => "Takes a snapshot of each volume; it stays on this host.",
        JobTask.SnapshotForceCreate => "As Snapshot; old ones are pruned only afterwards.",
        JobTask.SnapshotDelete => "Deletes the oldest snapshots of each volume, whoever made them.",
        JobTask.SnapshotCleanup => "Merges deleted and system snapshots away, and gives their space back.",
        JobTask.FilesystemTrim => "Gives the space of freed blocks back.",
        _ => "",
    };
}
