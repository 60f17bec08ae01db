using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ankole.Control;

/// <summary>The text of a field of a resource's JSON, as field selectors compare it: strings as they are, other scalars as JSON writes them.</summary>
public static class FieldText
{
    /// <param name="path">Dotted: <c>status.state</c>.</param>
    /// <returns>Empty when the field is left out or is no scalar.</returns>
    public static string Of(JsonNode? node, string path)
    {
        foreach (var part in path.Split('.'))
            node = (node as JsonObject)?[part];
        return node?.GetValueKind() switch
        {
            null or JsonValueKind.Object or JsonValueKind.Array => "",
            JsonValueKind.String => (string)node!,
            _ => node.ToJsonString(),
        };
    }
}
