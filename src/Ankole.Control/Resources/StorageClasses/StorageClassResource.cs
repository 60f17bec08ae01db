using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>Defaults for volumes made from it, in the shape of a storage.k8s.io/v1 StorageClass.</summary>
[Description("Defaults for volumes that name it.")]
public sealed record StorageClassResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.StorageVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "StorageClass";

    [JsonPropertyOrder(1)]
    public string Provisioner { get; set; } = "";

    [JsonPropertyOrder(2)]
    public IReadOnlyDictionary<string, string> Parameters { get; set; } = new Dictionary<string, string>();

    [JsonPropertyOrder(3)]
    public string? ReclaimPolicy { get; set; }

    [JsonPropertyOrder(4)]
    public bool? AllowVolumeExpansion { get; set; }

    [JsonPropertyOrder(5)]
    public string? VolumeBindingMode { get; set; }
}
