using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>What a volume should be. Field names are Longhorn's where it has the field.</summary>
public sealed record VolumeSpec
{
    [Description("Size in bytes or as a quantity (10Gi), rounded up to whole 2 MiB. It may grow, never shrink.")]
    public string Size { get; set; } = "";

    [Description("How many copies to keep, 1 to 20.")]
    public int NumberOfReplicas { get; set; }

    [Description("How it is served while attached: nbd, or empty for a standby volume.")]
    public string Frontend { get; set; } = "";

    [Description("The URL of a backup (target?backup=NAME&volume=NAME) whose bytes the volume begins with.")]
    public string FromBackup { get; set; } = "";

    [Description("True: follows the newest backup of fromBackup's volume until it is set to false (activated).")]
    public bool Standby { get; set; }

    [Description("The StorageClass whose parameters fill what this volume leaves open.")]
    public string StorageClassName { get; set; } = "";

    [Description("The BackupTarget that backups of this volume go to.")]
    public string BackupTargetName { get; set; } = "";

    [Description("lz4, gzip or none; fixed at creation.")]
    public string BackupCompressionMethod { get; set; } = "";

    [Description("The size of a block in backups: 2097152 or 16777216 bytes; fixed at creation.")]
    public string BackupBlockSize { get; set; } = "";

    [Description("How many snapshots it may have, 2 to 250.")]
    public int SnapshotMaxCount { get; set; }

    [Description("How many bytes all its snapshots may take; 0 is no limit, otherwise at least twice its size.")]
    public string SnapshotMaxSize { get; set; } = "";

    [Description("enabled, disabled or ignored: whether jobs recorded in the backup come back with a restore.")]
    public string RestoreVolumeRecurringJob { get; set; } = "";

    [Description("Jobs of this volume alone: names of at most 8 characters, tasks snapshot and backup.")]
    public IReadOnlyList<VolumeRecurringJob> RecurringJobs { get; set; } = [];

    [Description("Who wants the volume attached, by ticket. The ticket of the highest priority wins, ties go to the smallest id.")]
    public IReadOnlyDictionary<string, AttachmentTicket> AttachmentTickets { get; set; } = new Dictionary<string, AttachmentTicket>();

    /// <summary><see cref="Size"/> in bytes; 0 when it is no size.</summary>
    [JsonIgnore]
    public long SizeBytes => Core.ByteSize.TryParse(Size, out var bytes) ? bytes : 0;
}

/// <summary>One entry of a volume's own job list, as the Backup Concepts page writes it.</summary>
public sealed record VolumeRecurringJob
{
    public string Name { get; set; } = "";

    public string Task { get; set; } = "";

    public string Cron { get; set; } = "";

    public int Retain { get; set; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}
