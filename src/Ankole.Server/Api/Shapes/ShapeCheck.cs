using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>Compares a request's JSON with the shape of its kind: every unknown field and every value of a wrong type, all at once.</summary>
internal sealed class ShapeCheck
{
    /// <summary>Fields of Kubernetes' own metadata that mean nothing here and come back from its tools.</summary>
    private static readonly string[] IgnoredMetadata = ["metadata.managedFields", "metadata.selfLink", "metadata.deletionGracePeriodSeconds"];

    private readonly List<FieldError> errors = [];
    private readonly List<string> unknown = [];

    private ShapeCheck()
    {
    }

    /// <summary>Values of a wrong type.</summary>
    public IReadOnlyList<FieldError> Errors => errors;

    /// <summary>Paths of fields that the kind does not have.</summary>
    public IReadOnlyList<string> UnknownFields => unknown;

    public static ShapeCheck Run(JsonObject json, Shape shape)
    {
        var check = new ShapeCheck();
        check.Visit(json, shape, "");
        return check;
    }

    private void Visit(JsonNode? node, Shape shape, string path)
    {
        if (node is null)
            return;
        switch (shape.Kind)
        {
            case ShapeKind.Object when node is JsonObject json:
                VisitProperties(json, shape, path);
                break;
            case ShapeKind.Map when node is JsonObject json:
                foreach (var (key, value) in json)
                    Visit(value, shape.Items!, $"{path}[{key}]");
                break;
            case ShapeKind.List when node is JsonArray items:
                for (var i = 0; i < items.Count; i++)
                    Visit(items[i], shape.Items!, $"{path}[{i}]");
                break;
            default:
                if (!IsScalar(node, shape))
                    errors.Add(new FieldError(path, null, $"{path} must be {Wanted(shape)}, and {Found(node, shape)} was given."));
                break;
        }
    }

    private void VisitProperties(JsonObject json, Shape shape, string path)
    {
        foreach (var (name, value) in json)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (shape.Find(name) is { } property)
                Visit(value, property, at);
            else if (!IgnoredMetadata.Contains(at))
                unknown.Add(at);
        }
    }

    private static bool IsScalar(JsonNode node, Shape shape) => node is JsonValue value && shape.Kind switch
    {
        ShapeKind.Text => value.GetValueKind() == JsonValueKind.String,
        ShapeKind.Boolean => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        ShapeKind.Integer when value.GetValueKind() != JsonValueKind.Number => false,
        ShapeKind.Integer => shape.IsInt32 ? value.TryGetValue<int>(out _) : value.TryGetValue<long>(out _),
        ShapeKind.Number => value.GetValueKind() == JsonValueKind.Number,
        ShapeKind.Time => value.GetValueKind() == JsonValueKind.String && value.TryGetValue<DateTimeOffset>(out _),
        _ => false,
    };

    private static string Wanted(Shape shape) => shape.Kind switch
    {
        ShapeKind.Text => "a string",
        ShapeKind.Boolean => "true or false",
        ShapeKind.Integer => "a whole number",
        ShapeKind.Number => "a number",
        ShapeKind.Time => "a time (2026-01-31T12:00:00Z)",
        ShapeKind.List => "a list",
        _ => "an object",
    };

    /// <summary>The kind of what was found, not the value: it may be a secret.</summary>
    private static string Found(JsonNode node, Shape wanted) => node.GetValueKind() switch
    {
        JsonValueKind.String => wanted.Kind == ShapeKind.Time ? "another text" : "a string",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Number => wanted.Kind == ShapeKind.Integer ? "a fraction or a number too large" : "a number",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };
}
