using System.Globalization;
using System.Text;

namespace Ankole.Volumes;

/// <summary>
/// One JSON object on one line with a newline behind it, byte for byte as Go's encoder writes it: keys in the order of the calls, map keys sorted,
/// <c>&lt; &gt; &amp;</c> and the two Unicode line separators escaped (Longhorn replica format, section 2).
/// </summary>
internal sealed class MetaWriter
{
    private readonly StringBuilder json = new("{");

    public void Text(string key, string value)
    {
        Key(key);
        Quote(value);
    }

    public void Number(string key, long value)
    {
        Key(key);
        json.Append(value.ToString(CultureInfo.InvariantCulture));
    }

    public void Flag(string key, bool value)
    {
        Key(key);
        json.Append(value ? "true" : "false");
    }

    /// <summary>A nil map is written as <c>null</c>, an empty one as <c>{}</c>.</summary>
    public void Labels(string key, IReadOnlyDictionary<string, string>? labels)
    {
        Key(key);
        if (labels is null)
        {
            json.Append("null");
            return;
        }
        json.Append('{');
        // Go sorts map keys by their UTF-8 bytes.
        var sorted = labels.Select(label => (Bytes: Encoding.UTF8.GetBytes(label.Key), label.Key, label.Value)).ToArray();
        Array.Sort(sorted, (a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i > 0)
                json.Append(',');
            Quote(sorted[i].Key);
            json.Append(':');
            Quote(sorted[i].Value);
        }
        json.Append('}');
    }

    public byte[] Finish() => Encoding.UTF8.GetBytes(json.Append("}\n").ToString());

    private void Key(string key)
    {
        if (json.Length > 1)
            json.Append(',');
        Quote(key);
        json.Append(':');
    }

    private void Quote(string text)
    {
        json.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }
        json.Append('"');
    }
}
