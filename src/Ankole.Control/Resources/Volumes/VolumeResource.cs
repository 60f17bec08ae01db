using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>A block device with snapshots: bytes in replica directories, attached by serving it.</summary>
[Description("A block volume: served over NBD while attached, with snapshots, and backed up to a BackupTarget.")]
public sealed record VolumeResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Volume";

    [JsonPropertyOrder(1)]
    public VolumeSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public VolumeStatus Status { get; set; } = new();
}
