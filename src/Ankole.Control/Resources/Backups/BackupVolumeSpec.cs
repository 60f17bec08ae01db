using System.ComponentModel;

namespace Ankole.Control;

public sealed record BackupVolumeSpec
{
    public string BackupTargetName { get; set; } = "";

    public string VolumeName { get; set; } = "";

    [Description("Set to now to read the volume's record and list of backups again.")]
    public DateTimeOffset? SyncRequestedAt { get; set; }
}

public sealed record BackupVolumeStatus
{
    [Description("The volume's size in bytes at its last backup.")]
    public string Size { get; set; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public DateTimeOffset? CreatedAt { get; set; }

    public string LastBackupName { get; set; } = "";

    public DateTimeOffset? LastBackupAt { get; set; }

    [Description("Uncompressed bytes of all its blocks.")]
    public string DataStored { get; set; } = "";

    public int BackupCount { get; set; }

    public string BackingImageName { get; set; } = "";

    public string StorageClassName { get; set; } = "";

    public IReadOnlyList<string> Messages { get; set; } = [];

    public DateTimeOffset? LastModificationTime { get; set; }

    public DateTimeOffset? LastSyncedAt { get; set; }

    [Description("Stale: the target could not be read or showed less than before; what is here is what it last showed.")]
    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}
