namespace Ankole.Server;

internal enum ShapeKind
{
    Text,
    Integer,
    Number,
    Boolean,
    Time,
    List,
    Map,
    Object,
}

/// <summary>What JSON may stand at a place of a resource: read out of our types once, and used to check requests, for OpenAPI and for CRDs.</summary>
/// <param name="Description">For people; empty when the name says it all.</param>
internal sealed record Shape(ShapeKind Kind, string Description)
{
    /// <summary>Of an integer: 32 bits, and not 64.</summary>
    public bool IsInt32 { get; init; }

    /// <summary>Of a list's or map's values.</summary>
    public Shape? Items { get; init; }

    /// <summary>Of an object, in the order in which they are written.</summary>
    public IReadOnlyList<KeyValuePair<string, Shape>> Properties { get; init; } = [];

    public Shape? Find(string property) => Properties.FirstOrDefault(entry => entry.Key == property).Value;
}
