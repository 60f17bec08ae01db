using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ankole.Cli.Yaml;

/// <summary>Writes JSON values as YAML in block style, as kubectl does; what it writes reads back as the same JSON.</summary>
internal static class YamlText
{
    public static void Write(TextWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.GetPropertyCount() > 0:
                WriteObject(writer, value, 0);
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                WriteArray(writer, value, 0);
                break;
            default:
                writer.WriteLine(Inline(value, 0));
                break;
        }
    }

    private static void WriteObject(TextWriter writer, JsonElement value, int depth, bool isFirstIndented = true)
    {
        var isFirst = true;
        foreach (var property in value.EnumerateObject())
        {
            if (!isFirst || isFirstIndented)
                Indent(writer, depth);
            isFirst = false;
            writer.Write(YamlScalar.Quote(property.Name));
            writer.Write(':');
            if (property.Value is { ValueKind: JsonValueKind.Object } map && map.GetPropertyCount() > 0)
            {
                writer.WriteLine();
                WriteObject(writer, map, depth + 1);
            }
            else if (property.Value is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0)
            {
                // A list in a mapping begins under its key, as Kubernetes' files do.
                writer.WriteLine();
                WriteArray(writer, list, depth);
            }
            else
            {
                writer.Write(' ');
                writer.WriteLine(Inline(property.Value, depth + 1));
            }
        }
    }

    private static void WriteArray(TextWriter writer, JsonElement value, int depth, bool isFirstIndented = true)
    {
        var isFirst = true;
        foreach (var item in value.EnumerateArray())
        {
            if (!isFirst || isFirstIndented)
                Indent(writer, depth);
            isFirst = false;
            writer.Write("- ");
            if (item is { ValueKind: JsonValueKind.Object } && item.GetPropertyCount() > 0)
                WriteObject(writer, item, depth + 1, isFirstIndented: false);
            else if (item is { ValueKind: JsonValueKind.Array } && item.GetArrayLength() > 0)
                WriteArray(writer, item, depth + 1, isFirstIndented: false);
            else
                writer.WriteLine(Inline(item, depth + 1));
        }
    }

    private static string Inline(JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        JsonValueKind.String => Text(value.GetString()!, depth),
        _ => value.GetRawText(),
    };

    /// <summary>Several lines stand as a literal block where that says the same.</summary>
    private static string Text(string text, int depth)
    {
        var lines = text.Split('\n');
        var isBlock = lines.Length > 1 && lines[0].Length > 0 && lines[0][0] != ' ' && (text.Length < 2 || text[^2] != '\n' || text[^1] != '\n')
            && lines.All(line => !line.Any(character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff') && (line.Length == 0 || line[^1] != ' '));
        if (!isBlock)
            return YamlScalar.Quote(text);
        var indent = new string(' ', 2 * Math.Max(1, depth));
        var block = new StringBuilder(text[^1] == '\n' ? "|" : "|-");
        foreach (var line in text[^1] == '\n' ? lines[..^1] : lines)
            block.Append(CultureInfo.InvariantCulture, $"\n{(line.Length == 0 ? "" : indent)}{line}");
        return block.ToString();
    }

    private static void Indent(TextWriter writer, int depth)
    {
        for (var level = 0; level < depth; level++)
            writer.Write("  ");
    }
}
