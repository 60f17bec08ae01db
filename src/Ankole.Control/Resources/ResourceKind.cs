using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ankole.Control;

/// <summary>What the API needs to know of a kind: its names, its scope, its type and how a list of it is shown.</summary>
public abstract class ResourceKind
{
    private protected ResourceKind(string apiVersion, string kind, string plural)
    {
        ApiVersion = apiVersion;
        Kind = kind;
        Plural = plural;
    }

    /// <summary><c>group/version</c>, or only the version for core kinds.</summary>
    public string ApiVersion { get; }

    /// <summary>Empty for core kinds.</summary>
    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion[..ApiVersion.IndexOf('/', StringComparison.Ordinal)] : "";

    public string Version => ApiVersion[(ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public string Kind { get; }

    public string Plural { get; }

    public string Singular => Kind.ToLowerInvariant();

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public bool IsNamespaced { get; init; }

    /// <summary>True when status is written through its own path, and not with the rest.</summary>
    public bool HasStatus { get; init; } = true;

    public IReadOnlyList<PrinterColumn> Columns { get; init; } = [];

    public abstract Type Type { get; }

    public abstract JsonTypeInfo TypeInfo { get; }

    /// <exception cref="JsonException">It is no JSON of this kind.</exception>
    public Resource Parse(ReadOnlySpan<byte> json) => (Resource)(JsonSerializer.Deserialize(json, TypeInfo) ?? throw new JsonException($"null is no {Kind}"));

    public byte[] ToJson(Resource resource) => JsonSerializer.SerializeToUtf8Bytes(resource, TypeInfo);

    /// <summary>A copy of the resource with another one's status; null: with the status of a new one. Only of kinds that have a status.</summary>
    public Resource WithStatusOf(Resource resource, Resource? from)
    {
        var status = StatusProperty ??= TypeInfo.Properties.Single(property => property.Name == "status");
        var copy = resource with { };
        status.Set!(copy, status.Get!(from ?? Parse("{}"u8)));
        return copy;
    }

    private JsonPropertyInfo? StatusProperty { get; set; }

    public override string ToString() => Kind;
}

/// <inheritdoc/>
public sealed class ResourceKind<T>(string apiVersion, string kind, string plural) : ResourceKind(apiVersion, kind, plural) where T : Resource
{
    public override Type Type => typeof(T);

    public override JsonTypeInfo TypeInfo => field ??= ControlJson.Options.GetTypeInfo(typeof(T));
}
