namespace Ankole.Control;

/// <summary>Which resources of a kind.</summary>
public sealed record ResourceQuery(ResourceKind Kind)
{
    /// <summary>Null: of all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Null: whatever the labels.</summary>
    public LabelSelector? Labels { get; init; }

    /// <summary>Dotted paths (<c>metadata.name</c>, <c>spec.volume</c>, <c>status.state</c> …) that must have this text; a field that is left out counts as empty.</summary>
    public IReadOnlyList<FieldRequirement> Fields { get; init; } = [];

    /// <summary>Resources in one page at most; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>From the page before.</summary>
    public string? Continue { get; init; }
}

/// <param name="Equal">False: the field must differ.</param>
public sealed record FieldRequirement(string Path, string Value, bool Equal = true);

/// <param name="Version">The state that the page shows; a watch from it misses nothing.</param>
/// <param name="Continue">Null on the last page.</param>
/// <param name="Remaining">How many follow; null when that is not known.</param>
public sealed record ResourceList(IReadOnlyList<Resource> Items, string Version, string? Continue, long? Remaining);

public enum ResourceChange
{
    Added,
    Modified,
    Deleted,

    /// <summary>No change: everything up to this version has been delivered. The resource carries nothing but the version.</summary>
    Bookmark,
}

/// <param name="Resource">For a deletion its last state, with the deletion's version.</param>
public sealed record ResourceEvent(ResourceChange Change, Resource Resource);

/// <summary>What must be true of a resource for its deletion to be carried out; null: whatever.</summary>
public sealed record DeletePreconditions(string? Uid, string? ResourceVersion);
