using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>Where backups go: a backupstore's URL, its credentials and how often to look what is there.</summary>
[Description("Where backups go: a backupstore's URL, its credentials and how often to look what is there.")]
public sealed record BackupTargetResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "BackupTarget";

    [JsonPropertyOrder(1)]
    public BackupTargetSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public BackupTargetStatus Status { get; set; } = new();
}
