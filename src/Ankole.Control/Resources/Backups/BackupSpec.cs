using System.ComponentModel;

namespace Ankole.Control;

public sealed record BackupSpec
{
    [Description("The volume; with a snapshotName empty and wanted here, the newest state is snapshotted first.")]
    public string VolumeName { get; set; } = "";

    [Description("The snapshot to back up. Empty on a backup that was found in the target.")]
    public string SnapshotName { get; set; } = "";

    [Description("Where to; by default the volume's own target.")]
    public string BackupTargetName { get; set; } = "";

    [Description("The backup's name in the backupstore; by default the name of this resource.")]
    public string BackupName { get; set; } = "";

    [Description("Stored with the backup.")]
    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    [Description("incremental, or full: everything is sent again, which heals damaged blocks.")]
    public string BackupMode { get; set; } = "";

    [Description("Set to now to read the backup's record again.")]
    public DateTimeOffset? SyncRequestedAt { get; set; }

    [Description("True: this resource mirrors a backup that was found in the target; nothing is to be made.")]
    public bool Mirrored { get; set; }
}
