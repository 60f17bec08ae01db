using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>
/// What a person wants and what is, in the shape of a Kubernetes object: <c>apiVersion</c>, <c>kind</c>, <c>metadata</c>, and of each kind its
/// own <c>spec</c> and <c>status</c>. A value: changing it means <c>with</c> and a call of the resource store.
/// </summary>
/// <remarks>
/// Properties have setters for the JSON reader alone: generated readers would take <c>init</c> ones for constructor parameters, and what is left
/// out in the JSON would become null instead of the property's initial value.
/// </remarks>
public abstract record Resource
{
    [JsonPropertyOrder(-3)]
    public abstract string ApiVersion { get; set; }

    [JsonPropertyOrder(-2)]
    public abstract string Kind { get; set; }

    [JsonPropertyOrder(-1)]
    public ObjectMeta Metadata { get; set; } = new();

    [JsonIgnore]
    public string Name => Metadata.Name;

    /// <summary>True once somebody has asked for its deletion and a finalizer still holds it.</summary>
    [JsonIgnore]
    public bool IsDeleting => Metadata.DeletionTimestamp is not null;
}
