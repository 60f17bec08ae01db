using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

/// <summary>Something that happened to a resource, in the shape of a core/v1 Event; the same thing again counts up.</summary>
[Description("Something that happened to a resource; the same thing again counts up.")]
public sealed record EventResource : Resource
{
    [JsonPropertyOrder(-3)]
    public override string ApiVersion { get; set; } = ApiGroup.CoreVersion;

    [JsonPropertyOrder(-2)]
    public override string Kind { get; set; } = "Event";

    [JsonPropertyOrder(1)]
    public ObjectReference InvolvedObject { get; set; } = new();

    /// <summary>One CamelCase word.</summary>
    [JsonPropertyOrder(2)]
    public string Reason { get; set; } = "";

    [JsonPropertyOrder(3)]
    public string Message { get; set; } = "";

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    [JsonPropertyOrder(4)]
    public string Type { get; set; } = "";

    [JsonPropertyOrder(5)]
    public EventSource Source { get; set; } = new();

    [JsonPropertyOrder(6)]
    public DateTimeOffset? FirstTimestamp { get; set; }

    [JsonPropertyOrder(7)]
    public DateTimeOffset? LastTimestamp { get; set; }

    [JsonPropertyOrder(8)]
    public int Count { get; set; }
}

public sealed record ObjectReference
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public string? Namespace { get; set; }

    public string Name { get; set; } = "";

    public string? Uid { get; set; }
}

public sealed record EventSource
{
    public string Component { get; set; } = "";

    public string? Host { get; set; }
}
