using System.Runtime.InteropServices;
using System.Text;

namespace Ankole.Nbd;

/// <summary>
/// Builds one generic netlink message (linux/netlink.h, linux/genetlink.h). Numbers have the machine's byte order, everything is padded to 4 bytes:
/// <code>
/// length u32 | family u16 | flags u16 | sequence u32 | port u32      struct nlmsghdr
/// command u8 | version u8 | reserved u16                             struct genlmsghdr
/// length u16 | type u16 | value …                                    struct nlattr, one after the other
/// </code>
/// </summary>
internal sealed class NetlinkMessage
{
    public const int HeaderSize = 16, FamilyHeaderSize = 4, AttributeHeaderSize = 4;
    public const ushort Request = 1, Acknowledge = 4, Nested = 0x8000;

    private readonly List<byte> bytes = [];

    public NetlinkMessage(ushort family, byte command, byte version, uint sequence)
    {
        Write(0u);
        Write(family);
        Write((ushort)(Request | Acknowledge));
        Write(sequence);
        Write(0u);
        bytes.AddRange([command, version, 0, 0]);
    }

    public NetlinkMessage Add(ushort type, uint value) => Add(type, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)));

    public NetlinkMessage Add(ushort type, ulong value) => Add(type, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)));

    /// <summary>UTF-8 with the zero byte that ends it.</summary>
    public NetlinkMessage Add(ushort type, string text) => Add(type, Encoding.UTF8.GetBytes(text + '\0'));

    /// <summary>An attribute whose value is the attributes that <paramref name="inner"/> adds.</summary>
    public NetlinkMessage AddNested(ushort type, Action<NetlinkMessage> inner)
    {
        var start = bytes.Count;
        Write((ushort)0);
        Write((ushort)(type | Nested));
        inner(this);
        WriteAt(start, (ushort)(bytes.Count - start));
        return this;
    }

    public byte[] ToArray()
    {
        var message = bytes.ToArray();
        var length = (uint)message.Length;
        MemoryMarshal.Write(message, in length);
        return message;
    }

    private NetlinkMessage Add(ushort type, ReadOnlySpan<byte> value)
    {
        Write((ushort)(AttributeHeaderSize + value.Length));
        Write(type);
        bytes.AddRange(value);
        while (bytes.Count % 4 != 0)
            bytes.Add(0);
        return this;
    }

    private void Write<T>(T value) where T : unmanaged => bytes.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    private void WriteAt(int position, ushort value) => MemoryMarshal.Write(CollectionsMarshal.AsSpan(bytes)[position..], in value);
}
