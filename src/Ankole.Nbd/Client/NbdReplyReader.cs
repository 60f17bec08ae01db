using System.Buffers.Binary;

namespace Ankole.Nbd;

/// <summary>
/// Reads replies and brings their content to the requests they answer (NBD protocol, "Simple reply message", "Structured reply chunk
/// message", EXTENDED_HEADERS). What does not fit the protocol ends the connection.
/// </summary>
/// <param name="find">The active request of a cookie.</param>
internal sealed class NbdReplyReader(NbdUri uri, NbdReplyStyle style, NbdClientInput input, Func<ulong, NbdClientRequest?> find)
{
    private const ushort FlagDone = 1;

    /// <summary>The longest chunk: a whole payload and its offset.</summary>
    private const ulong MaxChunk = NbdLimits.MaxPayload + 64;

    /// <summary>Reads one reply or chunk.</summary>
    /// <returns>The request, when that was the end of its reply; its error, if any, is set.</returns>
    /// <exception cref="NbdProtocolException">The stream makes no sense.</exception>
    public async ValueTask<NbdClientRequest?> ReadAsync()
    {
        if (style == NbdReplyStyle.Extended)
        {
            var header = ParseChunk((await input.TakeAsync(NbdReplyHeader.ExtendedSize)).Span, NbdMagic.ExtendedReply);
            return await ReadChunkAsync(header);
        }
        // The first 16 bytes are common to both kinds.
        var start = await input.TakeAsync(NbdReplyHeader.SimpleSize);
        var magic = BinaryPrimitives.ReadUInt32BigEndian(start.Span);
        if (magic == NbdMagic.SimpleReply)
            return await ReadSimpleAsync((NbdError)BinaryPrimitives.ReadUInt32BigEndian(start.Span[4..]), BinaryPrimitives.ReadUInt64BigEndian(start.Span[8..]));
        if (style == NbdReplyStyle.Simple)
            throw Broken($"the magic of a reply is 0x{magic:x8}");
        var chunk = ParseChunk(start.Span, NbdMagic.StructuredReply);
        var length = BinaryPrimitives.ReadUInt32BigEndian((await input.TakeAsync(4)).Span);
        return await ReadChunkAsync(chunk with { Length = length });
    }

    private async ValueTask<NbdClientRequest?> ReadSimpleAsync(NbdError error, ulong cookie)
    {
        var request = Find(cookie);
        if (error != NbdError.None)
        {
            request.Error = ErrorOf(request, error, "");
            return request;
        }
        switch (request.Header.Command)
        {
            case NbdCommand.Read when style == NbdReplyStyle.Simple:
                if (!request.TryCover(request.Header.Offset, request.Header.Length))
                    throw Broken("a read was answered twice");
                await FillAsync(request, 0, request.Header.Length);
                return request;
            case NbdCommand.Read or NbdCommand.BlockStatus:
                throw Broken($"a {request.Header.Command} was answered without data");
            default:
                return request;
        }
    }

    private async ValueTask<NbdClientRequest?> ReadChunkAsync(Chunk chunk)
    {
        var request = Find(chunk.Cookie);
        if (chunk.Length > MaxChunk)
            throw Broken($"a reply chunk has {chunk.Length} bytes");
        switch (chunk.Type)
        {
            case NbdReplyType.None when chunk.Length == 0 && chunk.IsDone:
                break;
            case NbdReplyType.OffsetData when chunk.Length > 8 && request.Header.Command == NbdCommand.Read:
                await ReadDataAsync(request, chunk.Length - 8);
                break;
            case NbdReplyType.OffsetHole when chunk.Length == 12 && request.Header.Command == NbdCommand.Read:
                await ReadHoleAsync(request);
                break;
            case NbdReplyType.BlockStatus when chunk.Length >= 12 && (chunk.Length - 4) % 8 == 0 && style == NbdReplyStyle.Structured && request.Status is not null:
                await ReadStatusAsync(request, (int)(chunk.Length - 4) / 8, isExtended: false);
                break;
            case NbdReplyType.BlockStatusExt when chunk.Length >= 24 && (chunk.Length - 8) % 16 == 0 && style == NbdReplyStyle.Extended && request.Status is not null:
                await ReadStatusAsync(request, (int)(chunk.Length - 8) / 16, isExtended: true);
                break;
            case var type when ((ushort)type & 0x8000) != 0 && chunk.Length >= 6:
                await ReadErrorAsync(request, (int)chunk.Length);
                break;
            default:
                throw Broken($"a {request.Header.Command} was answered with a chunk of type {(ushort)chunk.Type} and {chunk.Length} bytes");
        }
        if (!chunk.IsDone)
            return null;
        if (request.Error is null && request.Header.Command == NbdCommand.Read && !request.IsCovered)
            throw Broken("a read ended before all its bytes had come");
        if (request.Error is null && request.Status is { Count: 0 })
            throw Broken("a block status ended without any status");
        return request;
    }

    private async ValueTask ReadDataAsync(NbdClientRequest request, ulong length)
    {
        var offset = BinaryPrimitives.ReadUInt64BigEndian((await input.TakeAsync(8)).Span);
        Cover(request, offset, length);
        await FillAsync(request, (int)(offset - request.Header.Offset), length);
    }

    private async ValueTask ReadHoleAsync(NbdClientRequest request)
    {
        var hole = await input.TakeAsync(12);
        var offset = BinaryPrimitives.ReadUInt64BigEndian(hole.Span);
        var length = BinaryPrimitives.ReadUInt32BigEndian(hole.Span[8..]);
        Cover(request, offset, length);
        if (!request.TryEnterDestination())
            return;
        request.Destination.Span.Slice((int)(offset - request.Header.Offset), (int)length).Clear();
        request.LeaveDestination();
    }

    private async ValueTask FillAsync(NbdClientRequest request, int position, ulong length)
    {
        if (!request.TryEnterDestination())
        {
            await input.SkipAsync((long)length);
            return;
        }
        try
        {
            await input.CopyToAsync(request.Destination.Slice(position, (int)length));
        }
        finally
        {
            request.LeaveDestination();
        }
    }

    private async ValueTask ReadStatusAsync(NbdClientRequest request, int count, bool isExtended)
    {
        if (count > 1 << 20)
            throw Broken($"a block status lists {count} extents");
        var id = BinaryPrimitives.ReadUInt32BigEndian((await input.TakeAsync(4)).Span);
        if (isExtended && BinaryPrimitives.ReadUInt32BigEndian((await input.TakeAsync(4)).Span) != (uint)count)
            throw Broken("a block status counts its extents wrongly");
        var runs = new List<StatusRun>(Math.Min(count, 4096));
        for (var i = 0; i < count; i++)
        {
            var bytes = await input.TakeAsync(isExtended ? 16 : 8);
            var length = isExtended ? BinaryPrimitives.ReadUInt64BigEndian(bytes.Span) : BinaryPrimitives.ReadUInt32BigEndian(bytes.Span);
            var status = isExtended ? (uint)BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[8..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[4..]);
            if (length is 0 or > long.MaxValue)
                throw Broken($"a block status has an extent of {length} bytes");
            runs.Add(new StatusRun((long)length, status));
        }
        request.Status![id] = runs;
    }

    /// <summary>error 4 | message length 2 | message | what the type adds.</summary>
    private async ValueTask ReadErrorAsync(NbdClientRequest request, int length)
    {
        var fixedPart = await input.TakeAsync(6);
        var error = (NbdError)BinaryPrimitives.ReadUInt32BigEndian(fixedPart.Span);
        var textLength = BinaryPrimitives.ReadUInt16BigEndian(fixedPart.Span[4..]);
        if (textLength > length - 6 || textLength > NbdLimits.MaxString)
            throw Broken($"an error message of {textLength} bytes does not fit its chunk");
        var message = NbdText.Printable((await input.TakeAsync(textLength)).Span);
        await input.SkipAsync(length - 6 - textLength);
        request.Error ??= ErrorOf(request, error == NbdError.None ? NbdError.EINVAL : error, message);
    }

    private void Cover(NbdClientRequest request, ulong offset, ulong length)
    {
        if (!request.TryCover(offset, length))
            throw Broken($"a read of {request.Header.Length} bytes at {request.Header.Offset} was answered with {length} bytes at {offset}, outside it or for the second time");
    }

    private NbdServerException ErrorOf(NbdClientRequest request, NbdError error, string message) =>
        new($"{uri}: {request.Header.Command} of {request.Header.Length} bytes at {request.Header.Offset}", error, message);

    private NbdClientRequest Find(ulong cookie) => find(cookie) ?? throw Broken($"there is no request with the cookie 0x{cookie:x16}");

    private NbdProtocolException Broken(string why) => new($"{uri}: the server broke the NBD protocol: {why}.");

    private Chunk ParseChunk(ReadOnlySpan<byte> header, uint expected)
    {
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (magic != expected)
            throw Broken($"the magic of a reply is 0x{magic:x8}, expected 0x{expected:x8}");
        return new Chunk(
            (BinaryPrimitives.ReadUInt16BigEndian(header[4..]) & FlagDone) != 0,
            (NbdReplyType)BinaryPrimitives.ReadUInt16BigEndian(header[6..]),
            BinaryPrimitives.ReadUInt64BigEndian(header[8..]),
            header.Length == NbdReplyHeader.ExtendedSize ? BinaryPrimitives.ReadUInt64BigEndian(header[24..]) : 0);
    }

    private readonly record struct Chunk(bool IsDone, NbdReplyType Type, ulong Cookie, ulong Length);
}
