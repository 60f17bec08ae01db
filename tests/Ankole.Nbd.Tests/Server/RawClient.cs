using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Ankole.Nbd.Tests;

/// <summary>A client that says exactly what a test tells it to, right or wrong. No wait lasts for ever.</summary>
internal sealed class RawClient : IDisposable
{
    private const int TimeoutMs = 60_000;

    private readonly Socket socket;
    private ulong nextCookie = 0x0102030405060708;

    private RawClient(Socket socket)
    {
        this.socket = socket;
        socket.ReceiveTimeout = TimeoutMs;
        socket.SendTimeout = TimeoutMs;
    }

    public NbdReplyStyle Style { get; private set; }

    public bool IsExtended => Style == NbdReplyStyle.Extended;

    public ulong ExportSize { get; private set; }

    public NbdTransmissionFlags Flags { get; private set; }

    public static RawClient Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new RawClient(socket);
    }

    /// <summary>Reads the greeting and answers it.</summary>
    public RawClient Greet(uint clientFlags = 3)
    {
        var greeting = Read(18);
        Assert.Equal("NBDMAGICIHAVEOPT", Encoding.ASCII.GetString(greeting, 0, 16));
        Assert.Equal(3, BinaryPrimitives.ReadUInt16BigEndian(greeting.AsSpan(16)));
        Send(UInt32(clientFlags));
        return this;
    }

    /// <summary>The whole handshake up to transmission.</summary>
    public RawClient Go(string export = "disk", NbdReplyStyle style = NbdReplyStyle.Structured, params string[] contexts)
    {
        Greet();
        Choose(style);
        if (contexts.Length > 0)
        {
            SendOption(NbdOption.SetMetaContext, MetaContextData(export, contexts));
            var replies = ReadReplies(NbdOption.SetMetaContext);
            Assert.Equal(NbdOptionReplyType.Ack, replies[^1].Type);
            Assert.Equal(contexts.Length, replies.Count - 1);
        }
        SendOption(NbdOption.Go, GoData(export, NbdInfoType.BlockSize));
        var info = ReadReplies(NbdOption.Go);
        Assert.Equal(NbdOptionReplyType.Ack, info[^1].Type);
        ExportSize = BinaryPrimitives.ReadUInt64BigEndian(info[0].Data.AsSpan(2));
        Flags = (NbdTransmissionFlags)BinaryPrimitives.ReadUInt16BigEndian(info[0].Data.AsSpan(10));
        return this;
    }

    public void Choose(NbdReplyStyle style)
    {
        Style = style;
        if (style == NbdReplyStyle.Simple)
            return;
        var option = style == NbdReplyStyle.Extended ? NbdOption.ExtendedHeaders : NbdOption.StructuredReply;
        SendOption(option);
        Assert.Equal(NbdOptionReplyType.Ack, Assert.Single(ReadReplies(option)).Type);
    }

    public void SendOption(NbdOption option, params byte[] data) =>
        Send([.. Encoding.ASCII.GetBytes("IHAVEOPT"), .. UInt32((uint)option), .. UInt32((uint)data.Length), .. data]);

    /// <summary>All replies to one option; the last one is an ack or an error.</summary>
    public List<(NbdOptionReplyType Type, byte[] Data)> ReadReplies(NbdOption option)
    {
        var replies = new List<(NbdOptionReplyType Type, byte[] Data)>();
        while (true)
        {
            var header = Read(20);
            Assert.Equal(NbdMagic.OptionReply, BinaryPrimitives.ReadUInt64BigEndian(header));
            Assert.Equal(option, (NbdOption)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8)));
            var type = (NbdOptionReplyType)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
            replies.Add((type, Read(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16)))));
            if (type == NbdOptionReplyType.Ack || ((uint)type & 0x8000_0000) != 0)
                return replies;
        }
    }

    /// <returns>The final reply's type to an option that is sent with this data.</returns>
    public NbdOptionReplyType Ask(NbdOption option, params byte[] data)
    {
        SendOption(option, data);
        return ReadReplies(option)[^1].Type;
    }

    public ulong SendRequest(NbdCommand command, ulong offset, ulong length, NbdCommandFlags flags = default, byte[]? payload = null)
    {
        var cookie = nextCookie++;
        if (IsExtended && payload is not null)
            flags |= NbdCommandFlags.PayloadLength;
        var header = new byte[NbdRequest.SizeOf(IsExtended)];
        new NbdRequest(flags, command, cookie, offset, length).Write(header, IsExtended);
        Send([.. header, .. payload ?? []]);
        return cookie;
    }

    /// <summary>Sends one request and reads its whole reply.</summary>
    public RawReply Request(NbdCommand command, ulong offset, ulong length, NbdCommandFlags flags = default, byte[]? payload = null)
    {
        var cookie = SendRequest(command, offset, length, flags, payload);
        var reply = ReadReply(command == NbdCommand.Read ? (int)length : 0);
        Assert.Equal(cookie, reply.Cookie);
        return reply;
    }

    public RawReply Write(ulong offset, byte[] payload, NbdCommandFlags flags = default) =>
        Request(NbdCommand.Write, offset, (ulong)payload.Length, flags, payload);

    /// <param name="simpleLength">What follows a successful simple reply.</param>
    public RawReply ReadReply(int simpleLength = 0)
    {
        if (Style == NbdReplyStyle.Simple)
        {
            var header = Read(16);
            Assert.Equal(NbdMagic.SimpleReply, BinaryPrimitives.ReadUInt32BigEndian(header));
            var error = (NbdError)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            return new RawReply(BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8)), error, "", error == NbdError.None ? Read(simpleLength) : [], []);
        }
        var chunks = new List<(NbdReplyType Type, byte[] Payload)>();
        ulong cookie;
        while (true)
        {
            var header = Read(IsExtended ? 32 : 20);
            Assert.Equal(IsExtended ? NbdMagic.ExtendedReply : NbdMagic.StructuredReply, BinaryPrimitives.ReadUInt32BigEndian(header));
            cookie = BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(8));
            var length = IsExtended ? (int)BinaryPrimitives.ReadUInt64BigEndian(header.AsSpan(24)) : BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16));
            chunks.Add(((NbdReplyType)BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6)), Read(length)));
            if (BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(4)) == 1)
                break;
        }
        return RawReply.Of(cookie, chunks);
    }

    public void Send(params byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += socket.Send(bytes.AsSpan(sent));
    }

    public byte[] Read(int length)
    {
        var bytes = new byte[length];
        for (var received = 0; received < length;)
        {
            var step = socket.Receive(bytes.AsSpan(received));
            if (step == 0)
                throw new EndOfStreamException($"the server closed after {received} of {length} bytes");
            received += step;
        }
        return bytes;
    }

    /// <summary>Asserts that the server sends nothing more and closes.</summary>
    public void AssertClosed()
    {
        try
        {
            Assert.Equal(0, socket.Receive(new byte[1]));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with bytes of ours unread.
        }
    }

    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => socket.Dispose();

    public static byte[] GoData(string export, params NbdInfoType[] requests) =>
        [.. Text(export), .. UInt16((ushort)requests.Length), .. requests.SelectMany(request => UInt16((ushort)request))];

    public static byte[] MetaContextData(string export, params string[] queries) =>
        [.. Text(export), .. UInt32((uint)queries.Length), .. queries.SelectMany(Text)];

    public static byte[] Text(string text) => [.. UInt32((uint)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] UInt16(ushort value) => [(byte)(value >> 8), (byte)value];

    public static byte[] UInt32(uint value) => [.. UInt16((ushort)(value >> 16)), .. UInt16((ushort)value)];

    public static byte[] UInt64(ulong value) => [.. UInt32((uint)(value >> 32)), .. UInt32((uint)value)];
}
