using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Ankole.Nbd;

/// <summary>
/// The server's side of the fixed newstyle handshake (NBD protocol, "Handshake"), on the connection's own thread. With TLS configured it is
/// the protocol's FORCEDTLS mode: until TLS runs, only <c>NBD_OPT_STARTTLS</c> and <c>NBD_OPT_ABORT</c> are answered with anything but
/// <c>NBD_REP_ERR_TLS_REQD</c>.
/// </summary>
internal sealed partial class NbdHandshake : IDisposable
{
    private const NbdHandshakeFlags Offered = NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes;

    private readonly Socket socket;
    private readonly NbdServerContext server;
    private readonly NbdConnection.ServerState state;
    private NbdHandshakeFlags clientFlags;
    private bool hasTls;

    // What the client has asked for so far; forgotten when TLS starts.
    private NbdReplyStyle style;
    private NbdExport? contextExport;
    private IReadOnlyList<(uint Id, MetaContext Context)> contexts = [];

    public NbdHandshake(Socket socket, NbdServerContext server, NbdConnection.ServerState state)
    {
        this.socket = socket;
        this.server = server;
        this.state = state;
        Channel = new SocketChannel(socket);
        Input = new ReceiveBuffer(Channel);
    }

    /// <summary>Another one after <c>NBD_OPT_STARTTLS</c>.</summary>
    public IChannel Channel { get; private set; }

    public ReceiveBuffer Input { get; private set; }

    private bool NeedsTls => server.Options.Tls is not null && !hasTls;

    /// <returns>Null when the client left without choosing an export.</returns>
    /// <exception cref="NbdProtocolException">The client broke the protocol, or asked for what can only be refused by closing.</exception>
    public NbdSession? Run()
    {
        SendGreeting();
        if (!Input.TryPeek(sizeof(uint)))
            return null;
        clientFlags = (NbdHandshakeFlags)BinaryPrimitives.ReadUInt32BigEndian(Input.Take(sizeof(uint)));
        if ((clientFlags & ~Offered) != 0)
            throw new NbdProtocolException($"the client set flags that were not offered: 0x{(uint)clientFlags:x}");
        for (var count = 0; count < NbdLimits.MaxOptions; count++)
        {
            if (!Input.TryPeek(16))
                return null;
            var (option, length) = ParseOptionHeader(Input.Take(16));
            if (option == NbdOption.Abort)
            {
                Reply(option, NbdOptionReplyType.Ack);
                return null;
            }
            if (Haggle(option, length) is { } session)
                return session;
        }
        throw new NbdProtocolException($"the client sent {NbdLimits.MaxOptions} options without choosing an export");
    }

    public void Dispose()
    {
        Channel.Dispose();
        Input.Dispose();
    }

    private static (NbdOption Option, uint Length) ParseOptionHeader(ReadOnlySpan<byte> header)
    {
        var magic = BinaryPrimitives.ReadUInt64BigEndian(header);
        if (magic != NbdMagic.Option)
            throw new NbdProtocolException($"option magic is 0x{magic:x16}, expected 0x{NbdMagic.Option:x16}");
        return ((NbdOption)BinaryPrimitives.ReadUInt32BigEndian(header[8..]), BinaryPrimitives.ReadUInt32BigEndian(header[12..]));
    }

    /// <returns>The session when the option ends the handshake.</returns>
    private NbdSession? Haggle(NbdOption option, uint length)
    {
        if (length > NbdLimits.MaxSkippedOptionData)
            throw new NbdProtocolException($"an option of {length} bytes is longer than any real one");
        if (option == NbdOption.ExportName)
            return ChooseWithoutErrors(length);
        if (length > NbdLimits.MaxOptionData)
        {
            Input.Skip(length);
            Reply(option, NbdOptionReplyType.ErrTooBig, $"an option may have {NbdLimits.MaxOptionData} bytes");
            return null;
        }
        // Copied, because a reply may read more input.
        var data = Input.Take((int)length).ToArray();
        if (state.IsStopping)
        {
            Reply(option, NbdOptionReplyType.ErrShutdown, "the server is stopping");
            return null;
        }
        if (NeedsTls && option != NbdOption.StartTls)
        {
            Reply(option, NbdOptionReplyType.ErrTlsReqd, "this server only talks over TLS");
            return null;
        }
        switch (option)
        {
            case NbdOption.Info:
            case NbdOption.Go:
                return Choose(option, data);
            case NbdOption.ListMetaContext:
            case NbdOption.SetMetaContext:
                AnswerMetaContext(option, data);
                return null;
            case NbdOption.List or NbdOption.StartTls or NbdOption.StructuredReply or NbdOption.ExtendedHeaders when data.Length > 0:
                Reply(option, NbdOptionReplyType.ErrInvalid, "this option has no data");
                return null;
            case NbdOption.List:
                AnswerList();
                return null;
            case NbdOption.StartTls:
                StartTls();
                return null;
            case NbdOption.StructuredReply:
                AnswerStructuredReply();
                return null;
            case NbdOption.ExtendedHeaders:
                style = NbdReplyStyle.Extended;
                Reply(option, NbdOptionReplyType.Ack);
                return null;
            default:
                Reply(option, NbdOptionReplyType.ErrUnsup, $"option {(uint)option} is unknown here");
                return null;
        }
    }

    private void AnswerList()
    {
        foreach (var export in server.Exports)
        {
            var name = Encoding.UTF8.GetBytes(export.Name);
            var description = Encoding.UTF8.GetBytes(export.Description);
            var data = new byte[4 + name.Length + description.Length];
            BinaryPrimitives.WriteInt32BigEndian(data, name.Length);
            name.CopyTo(data, 4);
            description.CopyTo(data, 4 + name.Length);
            Reply(NbdOption.List, NbdOptionReplyType.Server, data);
        }
        Reply(NbdOption.List, NbdOptionReplyType.Ack);
    }

    private void AnswerStructuredReply()
    {
        if (style == NbdReplyStyle.Extended)
        {
            Reply(NbdOption.StructuredReply, NbdOptionReplyType.ErrExtHeaderReqd, "extended headers are in use already");
            return;
        }
        style = NbdReplyStyle.Structured;
        Reply(NbdOption.StructuredReply, NbdOptionReplyType.Ack);
    }

    private void StartTls()
    {
        if (server.Options.Tls is not { } tls)
        {
            Reply(NbdOption.StartTls, NbdOptionReplyType.ErrPolicy, "this server has no TLS");
            return;
        }
        if (hasTls)
        {
            Reply(NbdOption.StartTls, NbdOptionReplyType.ErrInvalid, "TLS runs already");
            return;
        }
        if ((clientFlags & NbdHandshakeFlags.FixedNewstyle) == 0)
        {
            Reply(NbdOption.StartTls, NbdOptionReplyType.ErrPolicy, "TLS needs fixed newstyle");
            return;
        }
        // What was sent in the clear behind the option could be an attacker's, and must not be read as if it had come over TLS.
        if (Input.Buffered > 0)
            throw new NbdProtocolException("the client sent data behind NBD_OPT_STARTTLS before TLS was running");
        Reply(NbdOption.StartTls, NbdOptionReplyType.Ack);
        Input.Dispose();
        Channel = TlsHandshake.AuthenticateAsServer(socket, tls);
        Input = new ReceiveBuffer(Channel);
        hasTls = true;
        (style, contextExport, contexts) = (NbdReplyStyle.Simple, null, []);
    }

    private void SendGreeting()
    {
        Span<byte> greeting = stackalloc byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, NbdMagic.Greeting);
        BinaryPrimitives.WriteUInt64BigEndian(greeting[8..], NbdMagic.Option);
        BinaryPrimitives.WriteUInt16BigEndian(greeting[16..], (ushort)Offered);
        Send(greeting);
    }

    private void Reply(NbdOption option, NbdOptionReplyType type, string message) => Reply(option, type, Encoding.UTF8.GetBytes(message));

    /// <summary>magic 8 | option 4 | type 4 | length 4 | data.</summary>
    private void Reply(NbdOption option, NbdOptionReplyType type, ReadOnlySpan<byte> data = default)
    {
        var reply = new byte[20 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(reply, NbdMagic.OptionReply);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), (uint)option);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), (uint)type);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(16), data.Length);
        data.CopyTo(reply.AsSpan(20));
        Send(reply);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[Channel.Send(bytes, default, mayBlock: true)..];
    }
}
