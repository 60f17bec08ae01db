using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>A host that keeps replicas and serves volumes.</summary>
[Description("A host that keeps replicas and serves volumes.")]
public sealed record NodeResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.AnkoleVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Node";

    [JsonPropertyOrder(1)]
    public NodeSpec Spec { get; set; } = new();

    [JsonPropertyOrder(2)]
    public NodeStatus Status { get; set; } = new();
}
