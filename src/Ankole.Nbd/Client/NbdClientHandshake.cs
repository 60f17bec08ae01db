using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// The client's side of the handshake. Takes the best the server has and falls back step by step: extended headers, structured replies,
/// simple replies; <c>NBD_OPT_GO</c>, <c>NBD_OPT_EXPORT_NAME</c>; fixed newstyle, newstyle, oldstyle.
/// </summary>
internal sealed class NbdClientHandshake(NbdUri uri, NbdClientOptions options, Stream stream)
{
    /// <summary>Replies to one option that are read before the server is taken for broken.</summary>
    private const int MaxReplies = 4096;

    private readonly Dictionary<string, uint> contextIds = [];
    private Stream stream = stream;
    private NbdHandshakeFlags flags;
    private NbdReplyStyle style;

    /// <exception cref="AnkoleException">The server has no such export, refuses, needs TLS, or breaks the protocol.</exception>
    public async Task<NbdClientSession> RunAsync(CancellationToken cancellationToken)
    {
        var greeting = await ReadAsync(16, cancellationToken);
        if (BinaryPrimitives.ReadUInt64BigEndian(greeting) != NbdMagic.Greeting)
            throw new NbdProtocolException($"{uri}: this is no NBD server: it began with other bytes than NBDMAGIC.");
        var kind = BinaryPrimitives.ReadUInt64BigEndian(greeting.AsSpan(8));
        if (kind == NbdMagic.Oldstyle)
            return await ReadOldstyleAsync(cancellationToken);
        if (kind != NbdMagic.Option)
            throw new NbdProtocolException($"{uri}: the server speaks an unknown kind of NBD (0x{kind:x16}).");

        var offered = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2, cancellationToken));
        flags = (NbdHandshakeFlags)offered & (NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes);
        var answer = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(answer, (uint)flags);
        await stream.WriteAsync(answer, cancellationToken);

        var isFixed = (flags & NbdHandshakeFlags.FixedNewstyle) != 0;
        if (uri.RequiresTls)
            await StartTlsAsync(isFixed, cancellationToken);
        if (!isFixed)
            return await ChooseByExportNameAsync(cancellationToken);
        await ChooseReplyStyleAsync(cancellationToken);
        if (style != NbdReplyStyle.Simple)
            await SelectContextsAsync(cancellationToken);
        return await GoAsync(cancellationToken) ?? await ChooseByExportNameAsync(cancellationToken);
    }

    private async Task StartTlsAsync(bool isFixed, CancellationToken cancellationToken)
    {
        if (!isFixed)
            throw new AnkoleException(ErrorKind.Refused, $"{uri}: the server is too old for TLS, which nbds demands.");
        await SendOptionAsync(NbdOption.StartTls, [], cancellationToken);
        var (type, message) = await ReadReplyAsync(NbdOption.StartTls, cancellationToken);
        if (type != NbdOptionReplyType.Ack)
            throw new AnkoleException(ErrorKind.Refused, $"{uri}: the server does not offer TLS, which nbds demands{Quote(message)}.");
        stream = await NbdClientTlsHandshake.AuthenticateAsync(uri, options.Tls ?? new NbdClientTls(), stream, cancellationToken);
    }

    private async Task ChooseReplyStyleAsync(CancellationToken cancellationToken)
    {
        if (options.MaxStyle == NbdReplyStyle.Simple)
            return;
        if (await AskAsync(NbdOption.ExtendedHeaders, cancellationToken))
            style = NbdReplyStyle.Extended;
        else if (await AskAsync(NbdOption.StructuredReply, cancellationToken))
            style = NbdReplyStyle.Structured;
    }

    /// <returns>Whether the server agreed to an option without data.</returns>
    private async Task<bool> AskAsync(NbdOption option, CancellationToken cancellationToken)
    {
        await SendOptionAsync(option, [], cancellationToken);
        var (type, message) = await ReadReplyAsync(option, cancellationToken);
        ThrowIfFinal(type, message);
        return type == NbdOptionReplyType.Ack;
    }

    private async Task SelectContextsAsync(CancellationToken cancellationToken)
    {
        var data = new MemoryStream();
        WriteString(data, uri.ExportName);
        WriteUInt32(data, (uint)options.Contexts.Count + 1);
        WriteString(data, MetaContext.AllocationName);
        foreach (var context in options.Contexts)
            WriteString(data, context);
        await SendOptionAsync(NbdOption.SetMetaContext, data.ToArray(), cancellationToken);
        for (var count = 0; count < MaxReplies; count++)
        {
            var (type, reply) = await ReadReplyAsync(NbdOption.SetMetaContext, cancellationToken);
            if (type != NbdOptionReplyType.MetaContext)
            {
                if (type != NbdOptionReplyType.Ack)
                    contextIds.Clear();
                ThrowIfFinal(type, reply);
                return;
            }
            if (reply.Length < 4 || !NbdText.TryParse(reply.AsSpan(4), out var name))
                throw new NbdProtocolException($"{uri}: the server described a metadata context with bytes that are no name.");
            contextIds[name] = BinaryPrimitives.ReadUInt32BigEndian(reply);
        }
        throw TooManyReplies(NbdOption.SetMetaContext);
    }

    /// <returns>Null when the server does not know <c>NBD_OPT_GO</c>.</returns>
    private async Task<NbdClientSession?> GoAsync(CancellationToken cancellationToken)
    {
        var data = new MemoryStream();
        WriteString(data, uri.ExportName);
        data.Write([0, 1, 0, (byte)NbdInfoType.BlockSize]);
        await SendOptionAsync(NbdOption.Go, data.ToArray(), cancellationToken);
        (long Size, NbdTransmissionFlags Flags)? export = null;
        var (minimum, preferred, maximum) = (1u, 4096u, (uint)NbdLimits.MaxPayload);
        for (var count = 0; count < MaxReplies; count++)
        {
            var (type, reply) = await ReadReplyAsync(NbdOption.Go, cancellationToken);
            switch (type)
            {
                case NbdOptionReplyType.Info when reply.Length == 12 && InfoTypeOf(reply) == NbdInfoType.Export:
                    export = ParseExport(reply.AsSpan(2));
                    break;
                case NbdOptionReplyType.Info when reply.Length == 14 && InfoTypeOf(reply) == NbdInfoType.BlockSize:
                    minimum = BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(2));
                    preferred = BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(6));
                    maximum = BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(10));
                    break;
                case NbdOptionReplyType.Info:
                    break; // Something we did not ask for.
                case NbdOptionReplyType.Ack when export is { } chosen:
                    return Session(chosen.Size, chosen.Flags, minimum, preferred, maximum);
                case NbdOptionReplyType.Ack:
                    throw new NbdProtocolException($"{uri}: the server accepted the export without telling its size.");
                case NbdOptionReplyType.ErrUnsup when style != NbdReplyStyle.Extended:
                    return null;
                default:
                    ThrowIfFinal(type, reply);
                    throw new AnkoleException(ErrorKind.Refused, $"{uri}: the server refuses the export with {type}{Quote(reply)}.");
            }
        }
        throw TooManyReplies(NbdOption.Go);
    }

    private async Task<NbdClientSession> ChooseByExportNameAsync(CancellationToken cancellationToken)
    {
        await SendOptionAsync(NbdOption.ExportName, Encoding.UTF8.GetBytes(uri.ExportName), cancellationToken);
        try
        {
            var (size, transmissionFlags) = ParseExport(await ReadAsync(10, cancellationToken));
            if ((flags & NbdHandshakeFlags.NoZeroes) == 0)
                await ReadAsync(124, cancellationToken);
            return Session(size, transmissionFlags, 1, 4096, NbdLimits.MaxPayload);
        }
        catch (EndOfStreamException e)
        {
            throw new AnkoleException(
                ErrorKind.NotFound, $"{uri}: the server closed the connection instead of offering the export: it has probably no '{uri.ExportName}'.", e);
        }
    }

    /// <summary>size 8 | handshake flags 2 | transmission flags 2 | zeroes 124.</summary>
    private async Task<NbdClientSession> ReadOldstyleAsync(CancellationToken cancellationToken)
    {
        if (uri.RequiresTls)
            throw new AnkoleException(ErrorKind.Refused, $"{uri}: the server is too old for TLS, which nbds demands.");
        if (uri.ExportName.Length > 0)
            throw new AnkoleException(ErrorKind.NotFound, $"{uri}: the server is too old to have named exports: leave the export name out.");
        var data = await ReadAsync(136, cancellationToken);
        var size = BinaryPrimitives.ReadInt64BigEndian(data);
        return Session(size, (NbdTransmissionFlags)BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(10)), 1, 4096, NbdLimits.MaxPayload);
    }

    private NbdClientSession Session(long size, NbdTransmissionFlags transmissionFlags, uint minimum, uint preferred, uint maximum)
    {
        if (size < 0)
            throw new NbdProtocolException($"{uri}: the server says that the export has {(ulong)size} bytes.");
        if (!BitOperations.IsPow2(minimum) || minimum > 64 << 10 || !BitOperations.IsPow2(preferred) || preferred < minimum || maximum < minimum)
            throw new NbdProtocolException($"{uri}: the server's block sizes make no sense: minimum {minimum}, preferred {preferred}, maximum {maximum}.");
        if (size % minimum != 0)
            throw new AnkoleException(
                ErrorKind.Refused, $"{uri}: the export's {size} bytes are no multiple of its minimum block size {minimum}: its end could not be read.");
        var payload = ByteRange.RoundDown(Math.Min(maximum, NbdLimits.MaxPayload), minimum);
        return new NbdClientSession(
            stream, size, transmissionFlags, style, (int)minimum, (int)Math.Min(preferred, NbdLimits.MaxPayload), (int)payload, contextIds);
    }

    private static (long Size, NbdTransmissionFlags Flags) ParseExport(ReadOnlySpan<byte> data) =>
        (BinaryPrimitives.ReadInt64BigEndian(data), (NbdTransmissionFlags)BinaryPrimitives.ReadUInt16BigEndian(data[8..]));

    private static NbdInfoType InfoTypeOf(byte[] reply) => (NbdInfoType)BinaryPrimitives.ReadUInt16BigEndian(reply);

    private void ThrowIfFinal(NbdOptionReplyType type, byte[] message)
    {
        switch (type)
        {
            case NbdOptionReplyType.ErrTlsReqd:
                throw new AnkoleException(ErrorKind.Refused, $"{uri}: the server only talks over TLS: write nbds instead of nbd.");
            case NbdOptionReplyType.ErrShutdown:
                throw new AnkoleException(ErrorKind.Unavailable, $"{uri}: the server is stopping{Quote(message)}.");
            case NbdOptionReplyType.ErrUnknown:
                throw new AnkoleException(ErrorKind.NotFound, $"{uri}: the server has no export '{uri.ExportName}'{Quote(message)}.");
        }
    }

    private static string Quote(byte[] message) => message.Length == 0 ? "" : $" (it says: {NbdText.Printable(message)})";

    private NbdProtocolException TooManyReplies(NbdOption option) =>
        new($"{uri}: the server sent {MaxReplies} replies to {option} and no end.");

    /// <summary>magic 8 | option 4 | length 4 | data.</summary>
    private async Task SendOptionAsync(NbdOption option, byte[] data, CancellationToken cancellationToken)
    {
        var message = new byte[16 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(message, NbdMagic.Option);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), (uint)option);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(12), data.Length);
        data.CopyTo(message, 16);
        await stream.WriteAsync(message, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>magic 8 | option 4 | type 4 | length 4 | data.</summary>
    private async Task<(NbdOptionReplyType Type, byte[] Data)> ReadReplyAsync(NbdOption option, CancellationToken cancellationToken)
    {
        var header = await ReadAsync(20, cancellationToken);
        var magic = BinaryPrimitives.ReadUInt64BigEndian(header);
        var answered = (NbdOption)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));
        if (magic != NbdMagic.OptionReply || answered != option || length > NbdLimits.MaxOptionData)
            throw new NbdProtocolException(
                $"{uri}: the reply to {option} makes no sense: magic 0x{magic:x16}, option {(uint)answered}, {length} bytes.");
        return ((NbdOptionReplyType)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12)), await ReadAsync((int)length, cancellationToken));
    }

    private async Task<byte[]> ReadAsync(int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private static void WriteString(MemoryStream data, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteUInt32(data, (uint)bytes.Length);
        data.Write(bytes);
    }

    private static void WriteUInt32(MemoryStream data, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        data.Write(bytes);
    }
}
