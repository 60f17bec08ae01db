using Ankole.Control;

namespace Ankole.Server;

/// <summary>A request for resources of a kind.</summary>
/// <param name="Namespace">Null: the kind has none, or all are meant.</param>
/// <param name="Name">Null: the collection is meant.</param>
internal sealed record ApiRequest(HttpContext Http, ServedKind Kind, string? Namespace, string? Name, bool IsStatus, ApiStores Stores)
{
    public CancellationToken Aborted => Http.RequestAborted;

    public ResourceKey Key => Kind.KeyOf(Namespace, Name ?? "");

    public IResourceStore Store => Query("dryRun") switch
    {
        null => Stores.Live,
        "All" => Stores.DryRun,
        var other => throw ApiException.BadRequest($"dryRun={other} is not known: write dryRun=All, or leave it out."),
    };

    /// <summary>Null when it is left out or empty.</summary>
    public string? Query(string name) => Http.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    public bool QueryIsTrue(string name) => Query(name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var other => throw ApiException.BadRequest($"{name}={other} is neither true nor false."),
    };

    public int? QueryNumber(string name) => Query(name) switch
    {
        null => null,
        var text when int.TryParse(text, out var number) && number >= 0 => number,
        var text => throw ApiException.BadRequest($"{name}={text} is no whole number of at least 0."),
    };

    /// <summary>The resources that the namespace and the selectors of the request name; without a limit.</summary>
    public ResourceQuery ToQuery() => new(Kind.Target)
    {
        Namespace = Kind.Target.IsNamespaced ? Namespace : null,
        Labels = SelectorText.ParseLabels(Query("labelSelector")),
        Fields = [.. FieldRequirements()],
    };

    private IEnumerable<FieldRequirement> FieldRequirements()
    {
        foreach (var field in SelectorText.ParseFields(Query("fieldSelector")))
            // The namespace of an alias is not stored: all of them are in the one that was asked for.
            if (!Kind.IsAlias || field.Path != "metadata.namespace")
                yield return field;
        if (Name is not null)
            yield return new FieldRequirement("metadata.name", Name);
    }
}
