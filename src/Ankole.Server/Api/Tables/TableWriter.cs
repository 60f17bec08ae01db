using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>Resources as a <c>meta.k8s.io/v1</c> Table: a column for the name, then the kind's own.</summary>
internal sealed class TableWriter(ServedKind kind, string includeObject, TimeProvider time)
{
    public void WriteStart(Utf8JsonWriter writer, string version, string? next, long? remaining)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", "Table");
        writer.WriteString("apiVersion", "meta.k8s.io/v1");
        ListMetadata.Write(writer, version, next, remaining);
        writer.WriteStartArray("columnDefinitions");
        WriteColumn(writer, "Name", "string", "name", 0);
        foreach (var column in kind.Columns)
            WriteColumn(writer, column.Name, column.Type is "integer" or "boolean" ? column.Type : "string", "", column.Wide ? 1 : 0);
        writer.WriteEndArray();
        writer.WriteStartArray("rows");
    }

    public void WriteRow(Utf8JsonWriter writer, Resource resource, string? @namespace)
    {
        var json = kind.ToJson(resource, @namespace);
        writer.WriteStartObject();
        writer.WriteStartArray("cells");
        writer.WriteStringValue(resource.Name);
        foreach (var column in kind.Columns)
            WriteCell(writer, column, Find(json, column.JsonPath));
        writer.WriteEndArray();
        if (includeObject != "None")
        {
            writer.WritePropertyName("object");
            if (includeObject == "Metadata")
                json = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = json["metadata"]?.DeepClone() };
            json.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    public static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter writer, string name, string type, string format, int priority)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("type", type);
        writer.WriteString("format", format);
        writer.WriteString("description", "");
        writer.WriteNumber("priority", priority);
        writer.WriteEndObject();
    }

    private void WriteCell(Utf8JsonWriter writer, PrinterColumn column, JsonNode? value)
    {
        switch (column.Type)
        {
            case "integer" or "boolean" when value is JsonValue scalar:
                scalar.WriteTo(writer);
                break;
            case "integer" or "boolean":
                writer.WriteNullValue();
                break;
            case "date" when value is JsonValue scalar && scalar.TryGetValue(out DateTimeOffset at):
                writer.WriteStringValue(Age.Text(time.GetUtcNow() - at));
                break;
            case "bytes" when ByteSize.TryParse(Text(value), out var bytes):
                writer.WriteStringValue(bytes == 0 ? "0" : ByteSize.Format(bytes).Replace(" ", "", StringComparison.Ordinal));
                break;
            default:
                writer.WriteStringValue(Text(value));
                break;
        }
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items => string.Join(',', items.Select(Text)),
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String => (string)scalar!,
        JsonValue scalar when scalar.TryGetValue(out long number) => number.ToString(CultureInfo.InvariantCulture),
        _ => value.ToJsonString(),
    };

    /// <param name="path">As in a CRD's printer column: <c>.status.state</c>.</param>
    private static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            node = (node as JsonObject)?[part];
        return node;
    }
}
