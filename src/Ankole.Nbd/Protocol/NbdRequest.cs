using System.Buffers.Binary;

namespace Ankole.Nbd;

/// <summary>
/// One request header, big-endian (NBD protocol, "Request message"):
/// <code>
/// compact, 28 bytes:  magic 4 | flags 2 | command 2 | cookie 8 | offset 8 | length 4
/// extended, 32 bytes: magic 4 | flags 2 | command 2 | cookie 8 | offset 8 | length 8
/// </code>
/// </summary>
/// <param name="Length">Bytes of payload that follow, or of the export that are meant (<see cref="HasPayload"/>).</param>
internal readonly record struct NbdRequest(NbdCommandFlags Flags, NbdCommand Command, ulong Cookie, ulong Offset, ulong Length)
{
    public const int CompactSize = 28;
    public const int ExtendedSize = 32;

    public static int SizeOf(bool extended) => extended ? ExtendedSize : CompactSize;

    /// <summary>True when <see cref="Length"/> bytes follow the header.</summary>
    public bool HasPayload(bool extended) => extended ? (Flags & NbdCommandFlags.PayloadLength) != 0 : Command == NbdCommand.Write;

    /// <exception cref="NbdProtocolException">The bytes do not start with the magic of a request.</exception>
    public static NbdRequest Parse(ReadOnlySpan<byte> header, bool extended)
    {
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var expected = extended ? NbdMagic.ExtendedRequest : NbdMagic.Request;
        if (magic != expected)
            throw new NbdProtocolException($"request magic is 0x{magic:x8}, expected 0x{expected:x8}: the stream is out of step");
        return new NbdRequest(
            (NbdCommandFlags)BinaryPrimitives.ReadUInt16BigEndian(header[4..]),
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(header[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(header[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(header[16..]),
            extended ? BinaryPrimitives.ReadUInt64BigEndian(header[24..]) : BinaryPrimitives.ReadUInt32BigEndian(header[24..]));
    }

    /// <returns>The bytes written.</returns>
    public int Write(Span<byte> header, bool extended)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, extended ? NbdMagic.ExtendedRequest : NbdMagic.Request);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)Flags);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)Command);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], Cookie);
        BinaryPrimitives.WriteUInt64BigEndian(header[16..], Offset);
        if (extended)
            BinaryPrimitives.WriteUInt64BigEndian(header[24..], Length);
        else
            BinaryPrimitives.WriteUInt32BigEndian(header[24..], checked((uint)Length));
        return SizeOf(extended);
    }
}
