using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>JSON Patch (RFC 6902): operations on a document, all of them or none.</summary>
internal sealed class JsonPatch(IReadOnlyList<JsonPatch.Operation> operations)
{
    /// <summary>As Kubernetes: a patch is no place for a program.</summary>
    private const int MaxOperations = 10_000;

    /// <param name="From">Of move and copy.</param>
    internal sealed record Operation(string Name, JsonPointer Path, JsonPointer? From, JsonNode? Value);

    /// <exception cref="ApiException">It is no JSON Patch.</exception>
    public static JsonPatch Parse(JsonNode? node)
    {
        if (node is not JsonArray items)
            throw ApiException.BadRequest("a JSON patch is a list of operations.");
        if (items.Count > MaxOperations)
            throw ApiException.BadRequest($"a JSON patch has at most {MaxOperations} operations, and this one has {items.Count}.");
        return new JsonPatch([.. items.Select(ParseOperation)]);
    }

    /// <exception cref="ApiException">An operation cannot be carried out on this document.</exception>
    public JsonNode? Apply(JsonNode document)
    {
        var root = document.DeepClone();
        foreach (var operation in operations)
            root = Apply(root, operation);
        return root;
    }

    private static Operation ParseOperation(JsonNode? node)
    {
        if (node is not JsonObject json || Text(json, "op") is not { } name || Text(json, "path") is not { } path)
            throw ApiException.BadRequest("an operation of a JSON patch is an object with op and path.");
        if (name is not ("add" or "remove" or "replace" or "move" or "copy" or "test"))
            throw ApiException.BadRequest($"'{name}' is no operation of a JSON patch: write add, remove, replace, move, copy or test.");
        var from = name is "move" or "copy" ? Text(json, "from") ?? throw ApiException.BadRequest($"{name} needs from.") : null;
        if (name is "add" or "replace" or "test" && !json.ContainsKey("value"))
            throw ApiException.BadRequest($"{name} {path} needs a value.");
        return new Operation(name, JsonPointer.Parse(path), from is null ? null : JsonPointer.Parse(from), json["value"]);
    }

    private static JsonNode? Apply(JsonNode? root, Operation operation)
    {
        switch (operation.Name)
        {
            case "add":
                return Add(root, operation.Path, operation.Value?.DeepClone());
            case "remove":
                return Remove(root, operation.Path);
            case "replace":
                Find(root, operation.Path);
                return operation.Path.Tokens.Count == 0 ? operation.Value?.DeepClone() : Add(Remove(root, operation.Path), operation.Path, operation.Value?.DeepClone());
            case "copy":
                return Add(root, operation.Path, Find(root, operation.From!)?.DeepClone());
            case "move":
                if (operation.Path.IsWithin(operation.From!))
                    throw Refused($"{operation.From!.Text} cannot be moved into itself");
                var moved = Find(root, operation.From!)?.DeepClone();
                return Add(Remove(root, operation.From!), operation.Path, moved);
            default:
                return JsonNode.DeepEquals(Find(root, operation.Path), operation.Value) ? root : throw Refused($"the test of {operation.Path.Text} failed: it has another value");
        }
    }

    private static JsonNode? Find(JsonNode? node, JsonPointer pointer) =>
        pointer.Tokens.Aggregate(node, (at, token) => Child(at, token, pointer));

    private static JsonNode? Child(JsonNode? node, string token, JsonPointer pointer) => node switch
    {
        JsonObject json when json.TryGetPropertyValue(token, out var value) => value,
        JsonArray items when JsonPointer.IndexOf(token, items.Count) is { } index => items[index],
        _ => throw Missing(pointer),
    };

    private static JsonNode? Add(JsonNode? root, JsonPointer pointer, JsonNode? value)
    {
        if (pointer.Tokens.Count == 0)
            return value;
        switch (Parent(root, pointer))
        {
            case JsonObject json:
                json[pointer.Tokens[^1]] = value;
                return root;
            case JsonArray items when pointer.Tokens[^1] == "-":
                items.Add(value);
                return root;
            case JsonArray items when JsonPointer.IndexOf(pointer.Tokens[^1], items.Count + 1) is { } index:
                items.Insert(index, value);
                return root;
            default:
                throw Missing(pointer);
        }
    }

    private static JsonNode? Remove(JsonNode? root, JsonPointer pointer)
    {
        if (pointer.Tokens.Count == 0)
            return null;
        switch (Parent(root, pointer))
        {
            case JsonObject json when json.Remove(pointer.Tokens[^1]):
                return root;
            case JsonArray items when JsonPointer.IndexOf(pointer.Tokens[^1], items.Count) is { } index:
                items.RemoveAt(index);
                return root;
            default:
                throw Missing(pointer);
        }
    }

    private static JsonNode? Parent(JsonNode? root, JsonPointer pointer) =>
        pointer.Tokens.SkipLast(1).Aggregate(root, (at, token) => Child(at, token, pointer));

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static ApiException Missing(JsonPointer pointer) => Refused($"there is nothing at {pointer.Text}");

    private static ApiException Refused(string why) => new(422, "Invalid", $"the JSON patch cannot be applied: {why}.");
}
