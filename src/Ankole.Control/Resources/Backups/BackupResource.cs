using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>One snapshot stored in a backupstore: wanted here (a snapshot is named), or found there (mirrored).</summary>
[Description("One snapshot stored in a backupstore: wanted here (a snapshot is named), or found there (mirrored).")]
public sealed record BackupResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Backup";

    [JsonPropertyOrder(1)]
    public BackupSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public BackupStatus Status { get; set; } = new();
}
