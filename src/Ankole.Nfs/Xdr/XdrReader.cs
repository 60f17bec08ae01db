using System.Buffers.Binary;
using System.Text;

namespace Ankole.Nfs;

/// <summary>
/// Reads XDR (RFC 4506): big-endian, every item padded to four bytes. Nothing is read past the end and nothing is allocated by a length
/// that a server claims: each variable-length item names the most it may hold.
/// </summary>
/// <exception cref="NfsProtocolException">Thrown by every member when the bytes end early or hold what XDR or the caller forbids.</exception>
internal ref struct XdrReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    public readonly int Position => position;

    public readonly int Remaining => bytes.Length - position;

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>The next item without moving past it; null at the end.</summary>
    public readonly uint? PeekUInt32() => Remaining >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes[position..]) : null;

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    /// <summary>RFC 4506, section 4.4: 0 or 1 and nothing else.</summary>
    public bool ReadBool() => ReadUInt32() switch
    {
        0 => false,
        1 => true,
        var other => throw new NfsProtocolException($"the server sent {other} where a truth value (0 or 1) belongs"),
    };

    /// <summary>Fixed-length opaque data (RFC 4506, section 4.9).</summary>
    public ReadOnlySpan<byte> ReadFixed(int length)
    {
        var value = Take(length);
        Take(PaddingOf(length));
        return value;
    }

    /// <summary>Variable-length opaque data (RFC 4506, section 4.10); valid as long as the bytes read from.</summary>
    public ReadOnlySpan<byte> ReadOpaque(int maxLength) => ReadFixed(ReadCount(maxLength, "bytes"));

    /// <summary>A string (RFC 4506, section 4.11), which NFSv4 says is UTF-8; other bytes become U+FFFD.</summary>
    public string ReadString(int maxLength) => Encoding.UTF8.GetString(ReadOpaque(maxLength));

    /// <summary>An element count, checked against what may be and against what the rest of the bytes can hold (four bytes each at least).</summary>
    public int ReadCount(int max, string what)
    {
        var count = ReadUInt32();
        if (count > (uint)max)
            throw new NfsProtocolException($"the server sent {count} {what} where at most {max} are allowed");
        return (int)count;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > Remaining)
            throw new NfsProtocolException($"the server's message ends early: {length} more bytes expected at byte {position}, {Remaining} left");
        var taken = bytes.Slice(position, length);
        position += length;
        return taken;
    }

    internal static int PaddingOf(int length) => -length & 3;
}
