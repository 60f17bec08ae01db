using System.ComponentModel;

namespace Ankole.Control;

/// <summary>What a volume is.</summary>
public sealed record VolumeStatus
{
    [Description("creating, detached, attaching, attached, detaching, deleting")]
    public string State { get; set; } = "";

    [Description("healthy, degraded, faulted or unknown")]
    public string Robustness { get; set; } = "";

    [Description("The node it is attached to; empty while detached.")]
    public string CurrentNodeID { get; set; } = "";

    [Description("The NBD address of the attached volume, as NBD clients take it.")]
    public string Endpoint { get; set; } = "";

    [Description("The block device of the attached volume on its node, where the kernel has NBD.")]
    public string DevicePath { get; set; } = "";

    [Description("Size in bytes of what exists.")]
    public string CurrentSize { get; set; } = "";

    [Description("Bytes that the replica takes on disk, snapshots included.")]
    public long ActualSize { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    public IReadOnlyDictionary<string, AttachmentTicketStatus> AttachmentTicketStatuses { get; set; } = new Dictionary<string, AttachmentTicketStatus>();

    public string LastBackup { get; set; } = "";

    public DateTimeOffset? LastBackupAt { get; set; }

    [Description("A restore is wanted and not finished: the volume cannot be attached by anybody else.")]
    public bool RestoreRequired { get; set; }

    public bool IsStandby { get; set; }

    [Description("The backup whose bytes were restored last.")]
    public string LastRestoredBackup { get; set; } = "";

    [Description("The backup that is being restored over the last one; set before its first byte is written.")]
    public string RestoringBackup { get; set; } = "";

    [Description("The running restore.")]
    public TransferStatus? Restore { get; set; }

    public bool ExpansionRequired { get; set; }

    [Description("The jobs that apply, and through what.")]
    public IReadOnlyList<EffectiveJob> RecurringJobs { get; set; } = [];

    public long ObservedGeneration { get; set; }
}

/// <param name="Satisfied">True when the volume is attached as the ticket asks.</param>
public sealed record AttachmentTicketStatus(bool Satisfied, string Reason = "", string Message = "");

/// <param name="FromJob">The volume names the job itself.</param>
/// <param name="FromGroups">Its groups that the volume names.</param>
public sealed record EffectiveJob(string Name, bool FromJob, IReadOnlyList<string> FromGroups)
{
    public IReadOnlyList<string> FromGroups { get; init; } = FromGroups ?? [];
}

/// <summary>How far something that moves bytes is. Rates are of the last seconds.</summary>
public sealed record TransferStatus
{
    [Description("What it is doing now: reading, sending, deleting blocks …")]
    public string Activity { get; set; } = "";

    public long BytesDone { get; set; }

    [Description("0 while unknown.")]
    public long BytesTotal { get; set; }

    public long BytesPerSecond { get; set; }

    [Description("0 to 100.")]
    public int Progress { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    [Description("When it last moved or said that it lives.")]
    public DateTimeOffset? HeartbeatAt { get; set; }
}
