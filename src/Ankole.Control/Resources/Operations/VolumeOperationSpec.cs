using System.ComponentModel;

namespace Ankole.Control;

public sealed record VolumeOperationSpec
{
    [Description("The volume; empty for a verification of a backup or of a whole target.")]
    public string VolumeName { get; set; } = "";

    [Description("revert, purge, trim, expand, verify")]
    public string Operation { get; set; } = "";

    [Description("The snapshot to revert to.")]
    public string SnapshotName { get; set; } = "";

    [Description("The size to expand to.")]
    public string Size { get; set; } = "";

    [Description("The Backup to verify.")]
    public string BackupName { get; set; } = "";

    [Description("The BackupTarget to verify.")]
    public string BackupTargetName { get; set; } = "";

    [Description("True asks a running operation to stop.")]
    public bool Cancel { get; set; }

    [Description("Seconds after its end when it is removed; 0 is a day.")]
    public int TtlSecondsAfterFinished { get; set; }
}

public sealed record VolumeOperationStatus
{
    [Description("Pending, Running, Succeeded, Failed or Cancelled.")]
    public string Phase { get; set; } = "";

    public TransferStatus? Transfer { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    [Description("What it did, or why it failed and what to do.")]
    public string Message { get; set; } = "";

    [Description("Damaged objects that a verification found, the first hundred.")]
    public IReadOnlyList<string> Damage { get; set; } = [];

    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}

/// <summary>Values of <see cref="VolumeOperationStatus.Phase"/>.</summary>
public static class OperationPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Cancelled = "Cancelled";

    public static bool IsFinal(string phase) => phase is Succeeded or Failed or Cancelled;
}
