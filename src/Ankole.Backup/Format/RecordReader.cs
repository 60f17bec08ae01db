using System.Text;
using System.Text.Json;

namespace Ankole.Backup;

/// <summary>
/// Walks one JSON object as Go's decoder would (backupstore format, section 3): names match in any case, unknown fields and what follows the
/// object are ignored, null is the zero value. Every error is a <see cref="RecordDamagedException"/> with its place.
/// </summary>
internal ref struct RecordReader
{
    private readonly ReadOnlySpan<byte> text;
    private readonly string what;
    private readonly string key;
    private Utf8JsonReader json;

    public RecordReader(ReadOnlySpan<byte> text, string what, string key)
    {
        this.text = text;
        this.what = what;
        this.key = key;
        json = new Utf8JsonReader(text, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 256 });
        if (text.IsEmpty)
            throw Damaged("it is empty");
        Next();
        if (json.TokenType != JsonTokenType.StartObject)
            throw Damaged("it does not begin with '{'");
    }

    /// <summary>How many bytes are still to be read: a hint for the size of a list.</summary>
    public readonly long BytesLeft => text.Length - json.BytesConsumed;

    /// <summary>Moves to the next field of the current object and onto its value; false at the object's end.</summary>
    public bool NextField(out ReadOnlySpan<byte> name)
    {
        Next();
        if (json.TokenType == JsonTokenType.EndObject)
        {
            name = default;
            return false;
        }
        name = json.ValueIsEscaped ? Encoding.UTF8.GetBytes(Unescaped()) : json.ValueSpan;
        Next();
        return true;
    }

    public static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(name, expected);

    /// <summary>Leaves a value of any shape behind.</summary>
    public void Skip()
    {
        try
        {
            json.Skip();
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
    }

    public string Text() => json.TokenType switch
    {
        JsonTokenType.Null => "",
        JsonTokenType.String => Unescaped(),
        _ => throw Damaged("a text is expected"),
    };

    /// <summary>A string that holds a JSON string. One that holds plain text is taken as it is.</summary>
    public string NestedText()
    {
        var outer = Text();
        if (!outer.StartsWith('"'))
            return outer;
        try
        {
            var inner = new Utf8JsonReader(Encoding.UTF8.GetBytes(outer));
            inner.Read();
            return inner.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Damaged($"'{outer}' is no JSON text inside a text");
        }
    }

    /// <summary>A string of decimal digits; a bare number too, which upstream refuses.</summary>
    public long IntegerText()
    {
        if (json.TokenType == JsonTokenType.Null)
            return 0;
        if (json.TokenType == JsonTokenType.Number)
            return Integer();
        return long.TryParse(Text(), System.Globalization.NumberStyles.AllowLeadingSign, null, out var value)
            ? value
            : throw Damaged($"'{Text()}' is no whole number");
    }

    public long Integer()
    {
        if (json.TokenType == JsonTokenType.Null)
            return 0;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var value) ? value : throw Damaged("a whole number is expected");
    }

    public bool Boolean() => json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Damaged("true or false is expected"),
    };

    /// <summary>A map of texts; null and empty are the same to readers, but are kept apart for writing back.</summary>
    public IReadOnlyDictionary<string, string>? Map()
    {
        if (!EnterObject())
            return null;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (true)
        {
            Next();
            if (json.TokenType == JsonTokenType.EndObject)
                return map;
            var name = Unescaped();
            Next();
            map[name] = Text();
        }
    }

    /// <summary>True when the value is an object and its fields come next; false for null.</summary>
    public readonly bool EnterObject() => json.TokenType switch
    {
        JsonTokenType.StartObject => true,
        JsonTokenType.Null => false,
        _ => throw Damaged("an object is expected"),
    };

    /// <summary>True when the value is an array whose elements are visited by <see cref="NextElement"/>; false for null.</summary>
    public readonly bool EnterArray() => json.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw Damaged("a list is expected"),
    };

    public bool NextElement()
    {
        Next();
        return json.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>The value's bytes where they are plain ASCII without escapes, so that a checksum needs no string.</summary>
    public readonly ReadOnlySpan<byte> TextBytes() =>
        json.TokenType == JsonTokenType.String ? json.ValueSpan : throw Damaged("a text is expected");

    public readonly RecordDamagedException Damaged(string reason) => new(what, key, json.TokenStartIndex, reason);

    private void Next()
    {
        try
        {
            if (!json.Read())
                throw new RecordDamagedException(what, key, text.Length, "it ends too early, so it was truncated");
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
    }

    private readonly string Unescaped()
    {
        try
        {
            return json.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            throw Damaged("a text is not valid UTF-8");
        }
    }

    private readonly RecordDamagedException Damaged(JsonException e)
    {
        var position = PositionOf(e);
        // A text that ends in a comma or colon is reported there and not at its end.
        return position >= text.Length || (position == text.Length - 1 && text[^1] is (byte)',' or (byte)':')
            ? new RecordDamagedException(what, key, text.Length, "it ends too early, so it was truncated")
            : new RecordDamagedException(what, key, position, $"0x{text[(int)position]:x2} is not what JSON allows there");
    }

    private readonly long PositionOf(JsonException e)
    {
        long position = 0;
        for (var line = e.LineNumber ?? 0; line > 0; line--)
        {
            var end = text[(int)position..].IndexOf((byte)'\n');
            if (end < 0)
                break;
            position += end + 1;
        }
        return position + (e.BytePositionInLine ?? 0);
    }
}
