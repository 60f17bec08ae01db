using System.Buffers.Binary;

namespace Ankole.Nbd;

/// <summary>
/// The header of one reply or reply chunk, big-endian (NBD protocol, "Simple reply message", "Structured reply chunk message" and the
/// EXTENDED_HEADERS extension):
/// <code>
/// simple, 16 bytes:     magic 4 | error 4 | cookie 8
/// structured, 20 bytes: magic 4 | flags 2 | type 2 | cookie 8 | length 4
/// extended, 32 bytes:   magic 4 | flags 2 | type 2 | cookie 8 | offset 8 | length 8
/// </code>
/// </summary>
internal static class NbdReplyHeader
{
    public const int SimpleSize = 16;
    public const int StructuredSize = 20;
    public const int ExtendedSize = 32;

    private const ushort FlagDone = 1;

    /// <returns>The bytes written.</returns>
    public static int WriteSimple(Span<byte> header, NbdError error, ulong cookie)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, NbdMagic.SimpleReply);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)error);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], cookie);
        return SimpleSize;
    }

    /// <param name="style">Structured or extended.</param>
    /// <param name="payloadLength">Bytes that follow the header.</param>
    /// <returns>The bytes written.</returns>
    public static int WriteChunk(Span<byte> header, NbdReplyStyle style, in NbdRequest request, NbdReplyType type, bool done, int payloadLength)
    {
        var extended = style == NbdReplyStyle.Extended;
        BinaryPrimitives.WriteUInt32BigEndian(header, extended ? NbdMagic.ExtendedReply : NbdMagic.StructuredReply);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], done ? FlagDone : (ushort)0);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)type);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], request.Cookie);
        if (!extended)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header[16..], (uint)payloadLength);
            return StructuredSize;
        }
        BinaryPrimitives.WriteUInt64BigEndian(header[16..], request.Offset);
        BinaryPrimitives.WriteUInt64BigEndian(header[24..], (ulong)payloadLength);
        return ExtendedSize;
    }
}
