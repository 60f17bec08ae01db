using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>All backups of one volume in one target, as the backupstore has them; it outlives the volume.</summary>
[Description("All backups of one volume in one target, as the backupstore has them; it outlives the volume.")]
public sealed record BackupVolumeResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "BackupVolume";

    [JsonPropertyOrder(1)]
    public BackupVolumeSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public BackupVolumeStatus Status { get; set; } = new();
}
