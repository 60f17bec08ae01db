using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>Something that takes time and ends: a revert, a purge, a trim, an expansion, a verification.</summary>
[Description("Something done to a volume or a backup that takes time and ends: revert, purge, trim, expand, verify.")]
public sealed record VolumeOperationResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "VolumeOperation";

    [JsonPropertyOrder(1)]
    public VolumeOperationSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public VolumeOperationStatus Status { get; set; } = new();
}
