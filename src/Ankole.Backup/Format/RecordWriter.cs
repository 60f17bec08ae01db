using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Writes a record's compact JSON exactly as Go's encoder does (backupstore format, section 3): fixed field order is the caller's, escapes,
/// sorted maps, integers as text and text inside text are done here. Holds a pooled buffer; the caller disposes it.
/// </summary>
internal sealed class RecordWriter(int capacity = 1024) : IDisposable
{
    private PooledBytes buffer = PooledBytes.Rent(capacity);
    private int length;

    public ReadOnlyMemory<byte> Written => buffer.Memory[..length];

    public RecordWriter Raw(ReadOnlySpan<byte> json)
    {
        json.CopyTo(Reserve(json.Length));
        length += json.Length;
        return this;
    }

    public RecordWriter Text(string value)
    {
        Raw("\""u8);
        foreach (var rune in value.EnumerateRunes())
            WriteEscaped(rune);
        return Raw("\""u8);
    }

    /// <summary>A JSON text that holds the JSON text of the value.</summary>
    public RecordWriter NestedText(string value)
    {
        using var inner = new RecordWriter();
        return Text(Encoding.UTF8.GetString(inner.Text(value).Written.Span));
    }

    public RecordWriter Integer(long value)
    {
        Utf8Formatter.TryFormat(value, Reserve(20), out var written);
        length += written;
        return this;
    }

    public RecordWriter IntegerText(long value) => Raw("\""u8).Integer(value).Raw("\""u8);

    public RecordWriter Boolean(bool value) => Raw(value ? "true"u8 : "false"u8);

    /// <summary>Keys sorted by their UTF-8 bytes; null stays null.</summary>
    public RecordWriter Map(IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
            return Raw("null"u8);
        Raw("{"u8);
        var separator = ""u8;
        foreach (var (name, value) in map.OrderBy(pair => Encoding.UTF8.GetBytes(pair.Key), Utf8Order.Instance))
        {
            Raw(separator).Text(name).Raw(":"u8).Text(value);
            separator = ","u8;
        }
        return Raw("}"u8);
    }

    public RecordWriter Checksum(in BlockChecksum checksum)
    {
        Convert.TryToHexStringLower(checksum.AsSpan(), Reserve(BlockChecksum.HexLength), out var written);
        length += written;
        return this;
    }

    public void Dispose()
    {
        buffer.Dispose();
        length = 0;
    }

    private void WriteEscaped(Rune rune)
    {
        switch (rune.Value)
        {
            case '"':
                Raw("\\\""u8);
                break;
            case '\\':
                Raw("\\\\"u8);
                break;
            case '\n':
                Raw("\\n"u8);
                break;
            case '\r':
                Raw("\\r"u8);
                break;
            case '\t':
                Raw("\\t"u8);
                break;
            case '\b':
                Raw("\\b"u8);
                break;
            case '\f':
                Raw("\\f"u8);
                break;
            case < ' ' or '<' or '>' or '&' or 0x2028 or 0x2029:
                Raw(Encoding.ASCII.GetBytes($"\\u{rune.Value:x4}"));
                break;
            default:
                length += rune.EncodeToUtf8(Reserve(4));
                break;
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (buffer.Length - length < count)
        {
            var larger = PooledBytes.Rent(Math.Max(checked(length + count), (int)Math.Min(Array.MaxLength, buffer.Length * 2L)));
            buffer.Span[..length].CopyTo(larger.Span);
            buffer.Dispose();
            buffer = larger;
        }
        return buffer.Span[length..];
    }

    private sealed class Utf8Order : IComparer<byte[]>
    {
        public static readonly Utf8Order Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
