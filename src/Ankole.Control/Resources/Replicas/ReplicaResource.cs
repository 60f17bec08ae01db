using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>One copy of a volume: a replica directory on a node's disk.</summary>
[Description("One copy of a volume: a replica directory on a node's disk.")]
public sealed record ReplicaResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Replica";

    [JsonPropertyOrder(1)]
    public ReplicaSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public ReplicaStatus Status { get; set; } = new();
}
