using System.Text.Json;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// Reads a record as Go's decoder does: keys in any case, unknown keys ignored, a missing key or a null is the zero value, and only the first JSON
/// value of the file counts (Longhorn replica format, section 2).
/// </summary>
internal sealed class MetaReader
{
    /// <summary>Records are a few hundred bytes; labels can make them longer. Anything beyond is no record.</summary>
    public const int MaxBytes = 4 << 20;

    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly string path;

    public MetaReader(ReadOnlySpan<byte> json, string path)
    {
        this.path = path;
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Damaged("it is no JSON object");
            foreach (var property in document.RootElement.EnumerateObject())
                fields[property.Name] = property.Value.Clone();
        }
        catch (JsonException e)
        {
            throw Damaged(json.IsEmpty ? "it is empty" : "it is no JSON", e);
        }
    }

    public string Text(string key) => Find(key, JsonValueKind.String, "a string") is { } value ? value.GetString()! : "";

    public long Number(string key)
    {
        if (Find(key, JsonValueKind.Number, "a number") is not { } value)
            return 0;
        return value.TryGetInt64(out var number) ? number : throw Damaged($"'{key}' is {value.GetRawText()}, not a whole number");
    }

    public bool Flag(string key)
    {
        if (!fields.TryGetValue(key, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False)
            return false;
        return value.ValueKind == JsonValueKind.True ? true : throw Damaged($"'{key}' is not true or false");
    }

    public IReadOnlyDictionary<string, string>? Labels(string key)
    {
        if (Find(key, JsonValueKind.Object, "an object of strings") is not { } value)
            return null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in value.EnumerateObject())
        {
            if (label.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                throw Damaged($"'{key}.{label.Name}' is not a string");
            labels[label.Name] = label.Value.GetString() ?? "";
        }
        return labels;
    }

    private JsonElement? Find(string key, JsonValueKind kind, string expected)
    {
        if (!fields.TryGetValue(key, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == kind ? value : throw Damaged($"'{key}' is not {expected}");
    }

    private AnkoleException Damaged(string what, Exception? cause = null) =>
        new(ErrorKind.Damaged, $"'{path}' is damaged: {what}.", cause);
}
