using System.Text.Json.Nodes;
using Ankole.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ankole.Cli.Yaml;

/// <summary>
/// Reads YAML documents (JSON is YAML too) as JSON values: anchors, aliases and merge keys are carried out, and every error says where it is.
/// What a hostile file may cost is bounded.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Values in one file, aliases counted as often as they are used: against files that unfold without end.</summary>
    private const int MaxNodes = 200_000;

    private const int MaxDepth = 64;

    private readonly string name;
    private readonly Parser parser;
    private readonly Dictionary<AnchorName, JsonNode?> anchors = [];
    private int nodes;

    private YamlReader(string text, string name)
    {
        this.name = name;
        parser = new Parser(new StringReader(text));
    }

    /// <param name="name">How errors call the text: its file's name.</param>
    /// <returns>Every document that is not empty.</returns>
    /// <exception cref="InvalidInputException">It is no YAML, or none that a resource can be written in.</exception>
    public static IReadOnlyList<JsonNode> ReadAll(string text, string name)
    {
        try
        {
            return new YamlReader(text, name).ReadDocuments();
        }
        catch (YamlException e)
        {
            throw new InvalidInputException($"{name}, line {e.Start.Line}, column {e.Start.Column}: {(e.InnerException ?? e).Message.TrimEnd('.')}.", e);
        }
    }

    private List<JsonNode> ReadDocuments()
    {
        var documents = new List<JsonNode>();
        parser.Consume<StreamStart>();
        while (parser.TryConsume<DocumentStart>(out _))
        {
            anchors.Clear();
            if (ReadValue(0) is { } document)
                documents.Add(document);
            parser.Consume<DocumentEnd>();
        }
        return documents;
    }

    private JsonNode? ReadValue(int depth)
    {
        var at = parser.Current!;
        Count(at, 1);
        if (depth > MaxDepth)
            throw Wrong(at, $"values are nested more than {MaxDepth} deep");
        if (parser.TryConsume<AnchorAlias>(out var alias))
            return anchors.TryGetValue(alias.Value, out var known) ? Copy(known, alias) : throw Wrong(alias, $"alias '*{alias.Value}' has no anchor before it");
        var node = parser.Current switch
        {
            MappingStart => ReadMapping(depth),
            SequenceStart => ReadSequence(depth),
            _ => ReadScalar(parser.Consume<Scalar>()),
        };
        if (at is NodeEvent { Anchor: { IsEmpty: false } anchor })
            anchors[anchor] = node;
        return node;
    }

    private JsonObject ReadMapping(int depth)
    {
        parser.Consume<MappingStart>();
        var mapping = new JsonObject();
        var merged = new List<JsonObject>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out var key))
                throw Wrong(parser.Current!, "a key must be plain text");
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
                merged.AddRange(Merged(ReadValue(depth + 1), key));
            else if (mapping.ContainsKey(key.Value))
                throw Wrong(key, $"key '{key.Value}' stands here twice");
            else
                mapping[key.Value] = ReadValue(depth + 1);
        }
        foreach (var (key, value) in merged.SelectMany(source => source))
            if (!mapping.ContainsKey(key))
                mapping[key] = value?.DeepClone();
        return mapping;
    }

    private JsonArray ReadSequence(int depth)
    {
        parser.Consume<SequenceStart>();
        var sequence = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _))
            sequence.Add(ReadValue(depth + 1));
        return sequence;
    }

    private JsonNode? ReadScalar(Scalar scalar)
    {
        try
        {
            return scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty ? YamlScalar.Resolve(scalar.Value) : JsonValue.Create(scalar.Value);
        }
        catch (FormatException e)
        {
            throw Wrong(scalar, e.Message.TrimEnd('.'));
        }
    }

    private IEnumerable<JsonObject> Merged(JsonNode? value, ParsingEvent at) => value switch
    {
        JsonObject one => [one],
        JsonArray several when several.All(item => item is JsonObject) => several.Select(item => item!.AsObject()),
        _ => throw Wrong(at, "'<<' merges a mapping or a list of mappings"),
    };

    private JsonNode? Copy(JsonNode? node, ParsingEvent at)
    {
        Count(at, Size(node));
        return node?.DeepClone();
    }

    private static int Size(JsonNode? node) => 1 + node switch
    {
        JsonObject mapping => mapping.Sum(property => Size(property.Value)),
        JsonArray sequence => sequence.Sum(Size),
        _ => 0,
    };

    private void Count(ParsingEvent at, int more)
    {
        nodes += more;
        if (nodes > MaxNodes)
            throw Wrong(at, $"it holds more than {MaxNodes} values");
    }

    private InvalidInputException Wrong(ParsingEvent at, string what) => new($"{name}, line {at.Start.Line}, column {at.Start.Column}: {what}.");
}
