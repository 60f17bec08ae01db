using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>A kind as the API shows it: one of ours, or an alias of one.</summary>
internal sealed class ServedKind
{
    private readonly KindAlias? alias;

    public ServedKind(ResourceKind kind)
    {
        Target = kind;
        ApiVersion = kind.ApiVersion;
        Kind = kind.Kind;
        Plural = kind.Plural;
        ShortNames = kind.ShortNames;
        IsNamespaced = kind.IsNamespaced;
        HasStatus = kind.HasStatus;
        Columns = kind.Columns;
    }

    public ServedKind(KindAlias alias)
    {
        this.alias = alias;
        Target = alias.Target;
        ApiVersion = alias.ApiVersion;
        Kind = alias.Kind;
        Plural = alias.Plural;
        ShortNames = alias.ShortNames;
        IsNamespaced = alias.Namespace is not null;
        HasStatus = false;
        Columns = alias.Columns;
    }

    /// <summary>What is stored.</summary>
    public ResourceKind Target { get; }

    public string ApiVersion { get; }

    public string Kind { get; }

    public string Plural { get; }

    public IReadOnlyList<string> ShortNames { get; }

    public bool IsNamespaced { get; }

    public bool HasStatus { get; }

    public IReadOnlyList<PrinterColumn> Columns { get; }

    public bool IsAlias => alias is not null;

    public string Group => ApiVersion.Contains('/', StringComparison.Ordinal) ? ApiVersion[..ApiVersion.IndexOf('/', StringComparison.Ordinal)] : "";

    public string Version => ApiVersion[(ApiVersion.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>As errors name it: <c>volumes.ankole.io</c>.</summary>
    public string QualifiedPlural => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The key in the store; an alias's namespace is only a manner of showing it.</summary>
    public ResourceKey KeyOf(string? @namespace, string name) => new(Target, Target.IsNamespaced ? @namespace : null, name);

    /// <param name="asked">The namespace of the request; null: none, or all.</param>
    public void Write(Utf8JsonWriter writer, Resource resource, string? asked)
    {
        if (alias is null)
            JsonSerializer.Serialize(writer, resource, Target.TypeInfo);
        else
            ToJson(resource, asked).WriteTo(writer, ControlJson.Options);
    }

    public JsonObject ToJson(Resource resource, string? asked)
    {
        if (alias is null)
            return JsonSerializer.SerializeToNode(resource, Target.TypeInfo)!.AsObject();
        var json = alias.Show(resource);
        if (IsNamespaced && json["metadata"] is JsonObject metadata)
            metadata["namespace"] = asked ?? alias.Namespace;
        return json;
    }

    /// <exception cref="JsonException">It is not of this kind's shape.</exception>
    public Resource Read(JsonObject json) => alias is null ? (Resource)json.Deserialize(Target.TypeInfo)! : alias.Read(json);
}
