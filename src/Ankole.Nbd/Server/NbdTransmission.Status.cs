using System.Buffers;
using System.Buffers.Binary;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>The commands that answer about ranges: <c>NBD_CMD_BLOCK_STATUS</c> and <c>NBD_CMD_CACHE</c>.</summary>
internal sealed partial class NbdTransmission
{
    /// <summary>1 MiB: what one step of a cache request reads and throws away.</summary>
    private const int CacheStep = 1 << 20;

    private async ValueTask AnswerBlockStatusAsync(NbdServerRequest request)
    {
        var header = request.Header;
        var length = header.Length;
        var contexts = session.Contexts;
        if (header.HasPayload(session.IsExtended))
        {
            if (ParseStatusPayload(request.Buffer((int)length).Span) is not { } filter)
            {
                request.ReplyError(NbdError.EINVAL, "the payload names no selected context, or one of them twice");
                return;
            }
            (length, contexts) = filter;
            var (error, message) = ValidateRange(header.Command, header.Offset, length, header.Flags);
            if (error != NbdError.None)
            {
                request.ReplyError(error, message);
                return;
            }
        }
        await BlockStatusReply.ComposeAsync(request, export, contexts, new ByteRange((long)header.Offset, (long)length), aborted);
    }

    /// <summary>Effect length 8 | (context id 4)…</summary>
    private (ulong Length, IReadOnlyList<(uint Id, MetaContext Context)> Contexts)? ParseStatusPayload(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 12 || payload.Length % 4 != 0 || (payload.Length - 8) / 4 > session.Contexts.Count)
            return null;
        var chosen = new List<(uint Id, MetaContext Context)>();
        for (var ids = payload[8..]; !ids.IsEmpty; ids = ids[4..])
        {
            var id = BinaryPrimitives.ReadUInt32BigEndian(ids);
            if (id == 0 || id > session.Contexts.Count || chosen.Any(context => context.Id == id))
                return null;
            chosen.Add(session.Contexts[(int)id - 1]);
        }
        return (BinaryPrimitives.ReadUInt64BigEndian(payload), chosen);
    }

    /// <summary>Reads the range, so that a source that fetches from afar has it near. The bytes are dropped.</summary>
    private async ValueTask CacheAsync(NbdServerRequest request)
    {
        var range = RangeOf(request.Header);
        if (range.IsEmpty)
            return;
        var scratch = ArrayPool<byte>.Shared.Rent((int)Math.Min(range.Length, CacheStep));
        try
        {
            for (var offset = range.Offset; offset < range.End; offset += CacheStep)
                await export.Source.ReadAsync(offset, scratch.AsMemory(0, (int)Math.Min(CacheStep, range.End - offset)), aborted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
