using System.Globalization;
using System.Text.Json;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Resources;

/// <summary>One field of a resource as a table shows it.</summary>
internal static class FieldValue
{
    public static string Show(JsonElement resource, PrinterColumn column, DateTimeOffset now)
    {
        if (Find(resource, column.JsonPath) is not { } value)
            return column.Type == "boolean" ? "false" : "";
        return column.Type switch
        {
            "date" => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment) ? AgeText.Of(moment, now) : Plain(value),
            "bytes" => ByteSize.TryParse(Plain(value), out var bytes) ? ByteSize.Format(bytes) : Plain(value),
            _ when value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment) => AgeText.Of(moment, now),
            _ => Plain(value),
        };
    }

    /// <param name="path">Dotted, from the root: <c>.spec.size</c>.</param>
    /// <returns>Null when it is left out.</returns>
    public static JsonElement? Find(JsonElement resource, string path)
    {
        var at = resource;
        foreach (var name in path.TrimStart('.').Split('.'))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return null;
        return at;
    }

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(Plain)),
        JsonValueKind.Object => string.Join(',', value.EnumerateObject().Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={Plain(property.Value)}"))),
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
