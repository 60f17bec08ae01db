using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ankole.Nbd;

/// <summary>One message from the kernel, and the parsing of what a read returned. Lengths are checked: the bytes come from outside this program.</summary>
/// <param name="Family">2 for an acknowledgement or an error.</param>
/// <param name="Command">0 for an acknowledgement or an error.</param>
/// <param name="Errno">Of an acknowledgement: 0, or the error number.</param>
internal readonly record struct NetlinkReply(ushort Family, uint Sequence, byte Command, int Errno, IReadOnlyDictionary<ushort, byte[]> Attributes)
{
    /// <summary>NLMSG_ERROR.</summary>
    private const ushort Error = 2;

    private const ushort TypeMask = 0x3fff;

    public bool IsAcknowledgement => Family == Error;

    /// <exception cref="NbdProtocolException">A length points outside the bytes.</exception>
    public static IReadOnlyList<NetlinkReply> Parse(ReadOnlySpan<byte> bytes)
    {
        var replies = new List<NetlinkReply>();
        while (!bytes.IsEmpty)
        {
            var length = bytes.Length < NetlinkMessage.HeaderSize ? 0 : MemoryMarshal.Read<uint>(bytes);
            if (length < NetlinkMessage.HeaderSize || length > bytes.Length)
                throw Malformed("message", length, bytes.Length);
            replies.Add(ParseOne(bytes[..(int)length]));
            bytes = bytes[Math.Min(Padded((int)length), bytes.Length)..];
        }
        return replies;
    }

    /// <summary>Attributes by type; of a type that comes twice the last one.</summary>
    /// <exception cref="NbdProtocolException">A length points outside the bytes.</exception>
    public static IReadOnlyDictionary<ushort, byte[]> ParseAttributes(ReadOnlySpan<byte> bytes)
    {
        var attributes = new Dictionary<ushort, byte[]>();
        foreach (var (type, value) in ListAttributes(bytes))
            attributes[type] = value;
        return attributes;
    }

    /// <exception cref="NbdProtocolException">A length points outside the bytes.</exception>
    public static IReadOnlyList<(ushort Type, byte[] Value)> ListAttributes(ReadOnlySpan<byte> bytes)
    {
        var attributes = new List<(ushort, byte[])>();
        while (!bytes.IsEmpty)
        {
            var length = bytes.Length < NetlinkMessage.AttributeHeaderSize ? 0 : MemoryMarshal.Read<ushort>(bytes);
            if (length < NetlinkMessage.AttributeHeaderSize || length > bytes.Length)
                throw Malformed("attribute", length, bytes.Length);
            var type = (ushort)(MemoryMarshal.Read<ushort>(bytes[2..]) & TypeMask);
            attributes.Add((type, bytes[NetlinkMessage.AttributeHeaderSize..length].ToArray()));
            bytes = bytes[Math.Min(Padded(length), bytes.Length)..];
        }
        return attributes;
    }

    /// <summary>The value of a u16 or u32 attribute; null when it is missing or has another size.</summary>
    public T? Find<T>(ushort type) where T : unmanaged =>
        Attributes.TryGetValue(type, out var value) && value.Length == Unsafe.SizeOf<T>() ? MemoryMarshal.Read<T>(value) : null;

    private static NetlinkReply ParseOne(ReadOnlySpan<byte> message)
    {
        var family = MemoryMarshal.Read<ushort>(message[4..]);
        var sequence = MemoryMarshal.Read<uint>(message[8..]);
        var body = message[NetlinkMessage.HeaderSize..];
        if (body.Length < NetlinkMessage.FamilyHeaderSize)
            throw Malformed("body", body.Length, NetlinkMessage.FamilyHeaderSize);
        if (family == Error)
            return new NetlinkReply(family, sequence, 0, -MemoryMarshal.Read<int>(body), new Dictionary<ushort, byte[]>());
        return new NetlinkReply(family, sequence, body[0], 0, ParseAttributes(body[NetlinkMessage.FamilyHeaderSize..]));
    }

    private static int Padded(int length) => (length + 3) & ~3;

    private static NbdProtocolException Malformed(string what, long length, int available) =>
        new($"netlink: the kernel sent a {what} of {length} bytes where there are {available}.");
}
