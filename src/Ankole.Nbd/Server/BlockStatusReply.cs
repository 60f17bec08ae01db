using System.Buffers;
using System.Buffers.Binary;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>Composes the chunks that answer one <c>NBD_CMD_BLOCK_STATUS</c>: one per context, neighbours of one status merged.</summary>
internal static class BlockStatusReply
{
    /// <param name="contexts">With their ids; at least one.</param>
    /// <param name="range">Not empty.</param>
    public static async ValueTask ComposeAsync(
        NbdServerRequest request, NbdExport export, IReadOnlyList<(uint Id, MetaContext Context)> contexts, ByteRange range,
        CancellationToken cancellationToken)
    {
        var reply = new ArrayBufferWriter<byte>();
        var limit = (request.Header.Flags & NbdCommandFlags.ReqOne) != 0 ? 1 : NbdLimits.MaxExtentsPerReply;
        for (var i = 0; i < contexts.Count; i++)
        {
            var (id, context) = contexts[i];
            var runs = await CollectAsync(context, range, export.MinimumBlockSize, limit, cancellationToken);
            WriteChunk(reply, request, id, runs, done: i == contexts.Count - 1);
        }
        reply.WrittenSpan.CopyTo(request.RentBuffer(reply.WrittenCount).Span);
        request.ReplyChunks(reply.WrittenCount);
    }

    private static async ValueTask<List<StatusRun>> CollectAsync(
        MetaContext context, ByteRange range, int blockSize, int limit, CancellationToken cancellationToken)
    {
        var runs = new StatusRunList(blockSize, limit, context.Combine);
        await foreach (var run in context.GetStatusAsync(range, cancellationToken))
        {
            if (!runs.TryAdd(run))
                break;
        }
        return runs.Finish();
    }

    private static void WriteChunk(ArrayBufferWriter<byte> reply, NbdServerRequest request, uint id, List<StatusRun> runs, bool done)
    {
        var extended = request.Style == NbdReplyStyle.Extended;
        var length = extended ? 8 + (16 * runs.Count) : 4 + (8 * runs.Count);
        var type = extended ? NbdReplyType.BlockStatusExt : NbdReplyType.BlockStatus;
        reply.Advance(NbdReplyHeader.WriteChunk(reply.GetSpan(NbdReplyHeader.ExtendedSize), request.Style, request.Header, type, done, length));

        var payload = reply.GetSpan(length);
        BinaryPrimitives.WriteUInt32BigEndian(payload, id);
        if (extended)
            BinaryPrimitives.WriteInt32BigEndian(payload[4..], runs.Count);
        var position = extended ? 8 : 4;
        foreach (var run in runs)
        {
            if (extended)
            {
                BinaryPrimitives.WriteInt64BigEndian(payload[position..], run.Length);
                BinaryPrimitives.WriteUInt64BigEndian(payload[(position + 8)..], run.Status);
                position += 16;
            }
            else
            {
                // A compact request spans less than 4 GiB, and no run leaves it.
                BinaryPrimitives.WriteUInt32BigEndian(payload[position..], checked((uint)run.Length));
                BinaryPrimitives.WriteUInt32BigEndian(payload[(position + 4)..], run.Status);
                position += 8;
            }
        }
        reply.Advance(length);
    }
}
