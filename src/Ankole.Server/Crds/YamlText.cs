using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ankole.Server;

/// <summary>JSON as block-style YAML, for people to read. Texts that YAML could take for something else are quoted.</summary>
internal static class YamlText
{
    public static string Of(JsonNode node)
    {
        var text = new StringBuilder();
        Write(text, node, 0, isAfterKey: false);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, int indent, bool isAfterKey)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } json:
                if (isAfterKey)
                    text.Append('\n');
                foreach (var (key, value) in json)
                {
                    text.Append(' ', indent).Append(Scalar(key)).Append(':');
                    Write(text, value, indent + 2, isAfterKey: true);
                }
                break;
            case JsonArray { Count: > 0 } items:
                if (isAfterKey)
                    text.Append('\n');
                foreach (var item in items)
                    WriteItem(text, item, isAfterKey ? indent - 2 : indent);
                break;
            default:
                text.Append(isAfterKey ? " " : "").Append(node switch { JsonObject => "{}", JsonArray => "[]", null => "null", _ => Scalar(node.AsValue()) }).Append('\n');
                break;
        }
    }

    private static void WriteItem(StringBuilder text, JsonNode? item, int indent)
    {
        var inner = new StringBuilder();
        Write(inner, item, indent + 2, isAfterKey: false);
        text.Append(' ', indent).Append("- ").Append(inner.ToString().TrimStart(' '));
    }

    private static string Scalar(JsonValue value) => value.GetValueKind() == JsonValueKind.String ? Scalar((string)value!) : value.ToJsonString();

    private static string Scalar(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, JsonSerializerOptions.Web);

    private static bool IsPlain(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/')
        && text is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");
}
