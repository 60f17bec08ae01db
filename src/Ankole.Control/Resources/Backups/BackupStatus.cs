using System.ComponentModel;

namespace Ankole.Control;

public sealed record BackupStatus
{
    [Description("Pending, InProgress, Completed, Error, Unknown, Deleting; empty when new.")]
    public string State { get; set; } = "";

    [Description("0 to 100.")]
    public int Progress { get; set; }

    [Description("The running transfer.")]
    public TransferStatus? Transfer { get; set; }

    [Description("As restores take it: target?backup=NAME&volume=NAME.")]
    public string Url { get; set; } = "";

    public string Error { get; set; } = "";

    public string SnapshotName { get; set; } = "";

    public DateTimeOffset? SnapshotCreatedAt { get; set; }

    public DateTimeOffset? BackupCreatedAt { get; set; }

    [Description("Bytes that its blocks hold, uncompressed.")]
    public string Size { get; set; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public string VolumeName { get; set; } = "";

    public string VolumeSize { get; set; } = "";

    public string BackupTargetName { get; set; } = "";

    public string CompressionMethod { get; set; } = "";

    [Description("Bytes in one block.")]
    public long BlockSize { get; set; }

    public bool Incremental { get; set; }

    [Description("Stored (packed) bytes of blocks that the target did not have.")]
    public long NewlyUploadDataSize { get; set; }

    [Description("Stored (packed) bytes of blocks that a full backup sent again.")]
    public long ReUploadedDataSize { get; set; }

    [Description("Requests to the target, by kind (list, get, put, stat, delete, retries).")]
    public IReadOnlyDictionary<string, long> Requests { get; set; } = new Dictionary<string, long>();

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    [Description("Failed attempts so far.")]
    public int Attempts { get; set; }

    public IReadOnlyList<string> Messages { get; set; } = [];

    public DateTimeOffset? LastSyncedAt { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    public long ObservedGeneration { get; set; }
}

/// <summary>Values of <see cref="BackupStatus.State"/>, Longhorn's words.</summary>
public static class BackupState
{
    public const string New = "";
    public const string Pending = "Pending";
    public const string InProgress = "InProgress";
    public const string Completed = "Completed";
    public const string Error = "Error";
    public const string Unknown = "Unknown";
    public const string Deleting = "Deleting";

    public static bool IsFinal(string state) => state is Completed or Error or Unknown;
}
