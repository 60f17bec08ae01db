using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

public sealed record BackupTargetSpec
{
    [JsonPropertyName("backupTargetURL")]
    [Description("s3://bucket@region/path/, nfs://server:/export/path, azblob://container@host/path/, file:///directory. Empty: no backups.")]
    public string BackupTargetUrl { get; set; } = "";

    [Description("The Secret with its credentials under Longhorn's key names.")]
    public string CredentialSecret { get; set; } = "";

    [Description("How often to look what is there (5m0s); 0s: only when asked.")]
    public string PollInterval { get; set; } = "";

    [Description("Set to now to look at once.")]
    public DateTimeOffset? SyncRequestedAt { get; set; }
}

public sealed record BackupTargetStatus
{
    [Description("It answered last time, and may be backed up to.")]
    public bool Available { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    public DateTimeOffset? LastSyncedAt { get; set; }

    public int BackupVolumes { get; set; }

    [Description("The steps of the last probe.")]
    public IReadOnlyList<ProbeStepStatus> Probe { get; set; } = [];

    public long ObservedGeneration { get; set; }
}

/// <param name="Result">passed, warning, failed or skipped.</param>
/// <param name="Detail">What was found and, when it failed, the likely cause and the fix.</param>
public sealed record ProbeStepStatus(string Name, string Result, string Detail = "", double Seconds = 0);
