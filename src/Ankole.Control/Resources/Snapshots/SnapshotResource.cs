using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>A point in a volume's history: a file of its chain that never changes again. Named across all volumes.</summary>
[Description("A volume at one moment; instant, and never changed again.")]
public sealed record SnapshotResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Snapshot";

    [JsonPropertyOrder(1)]
    public SnapshotSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public SnapshotStatus Status { get; set; } = new();
}
