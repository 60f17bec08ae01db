using System.Text.Json;
using Ankole.Control;

namespace Ankole.Cli.Resources;

/// <summary>A resource for people: its columns one below the other, then wishes, conditions and events.</summary>
internal static class ResourceDescription
{
    public static void Write(TextWriter writer, ResourceKind kind, Resource resource, IReadOnlyList<EventResource> events, DateTimeOffset now)
    {
        var element = ResourceOutput.Element(kind, resource);
        var lines = new List<(string Label, string Value)> { (kind.Kind, resource.Name) };
        foreach (var column in kind.Columns)
            lines.Add((column.Name, Shown(element, column, now)));
        lines.Add(("Labels", string.Join(' ', resource.Metadata.Labels.Select(label => $"{label.Key}={label.Value}"))));
        if (resource.Metadata.DeletionTimestamp is { } since)
            lines.Add(("Going", $"since {AgeText.Of(since, now)}, held by {string.Join(", ", resource.Metadata.Finalizers)}"));
        lines.AddRange(Details(element, kind, "spec"));
        lines.AddRange(Details(element, kind, "status"));
        lines.RemoveAll(line => line.Value.Length == 0);
        var width = lines.Max(line => line.Label.Length);
        foreach (var (label, value) in lines)
            writer.WriteLine($"{(label + ":").PadRight(width + 1)}  {value}");
        WriteConditions(writer, element);
        WriteEvents(writer, events, now);
    }

    private static string Shown(JsonElement element, PrinterColumn column, DateTimeOffset now)
    {
        var shown = FieldValue.Show(element, column, now);
        return column.Type == "date" && shown.Length > 0 ? $"{FieldValue.Find(element, column.JsonPath)} ({shown}{(shown.StartsWith("in ", StringComparison.Ordinal) ? "" : " ago")})" : shown;
    }

    /// <summary>Plain fields that are no column; lists and mappings are told by <c>-o yaml</c>.</summary>
    private static IEnumerable<(string Label, string Value)> Details(JsonElement element, ResourceKind kind, string part)
    {
        if (!element.TryGetProperty(part, out var fields) || fields.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (var field in fields.EnumerateObject())
        {
            var isColumn = kind.Columns.Any(column => column.JsonPath == $".{part}.{field.Name}");
            if (!isColumn && field.Name != "observedGeneration" && IsWorthALine(field.Value))
                yield return (Label(field.Name), field.Value.ToString());
        }
    }

    private static bool IsWorthALine(JsonElement value) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.True || (value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0);

    /// <summary><c>backupTargetName</c> as <c>Backup Target Name</c>.</summary>
    private static string Label(string field) => string.Concat(field.Select((character, index) =>
        index == 0 ? char.ToUpperInvariant(character).ToString()
        : char.IsUpper(character) && !char.IsUpper(field[index - 1]) ? " " + character
        : character.ToString()));

    private static void WriteConditions(TextWriter writer, JsonElement element)
    {
        if (FieldValue.Find(element, ".status.conditions") is not { ValueKind: JsonValueKind.Array } conditions || conditions.GetArrayLength() == 0)
            return;
        writer.WriteLine("Conditions:");
        foreach (var condition in conditions.EnumerateArray())
            writer.WriteLine(
                $"  {Text(condition, "type")}: {Text(condition, "status")}{Bracketed(Text(condition, "reason"))}{Prefixed(Text(condition, "message"))}");
    }

    private static void WriteEvents(TextWriter writer, IReadOnlyList<EventResource> events, DateTimeOffset now)
    {
        if (events.Count == 0)
            return;
        writer.WriteLine("Events:");
        TextTable.Write(writer, ["  AGE", "TYPE", "REASON", "MESSAGE"], [.. events.Select(happened => (IReadOnlyList<string>)
        [
            "  " + AgeText.Of(happened.LastTimestamp, now) + (happened.Count > 1 ? $" (x{happened.Count})" : ""), happened.Type, happened.Reason, happened.Message,
        ])]);
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : "";

    private static string Bracketed(string text) => text.Length == 0 ? "" : $" ({text})";

    private static string Prefixed(string text) => text.Length == 0 ? "" : $": {text}";
}
