using System.Buffers;
using Ankole.Core;

namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <summary>Pieces that are looked at and freed in one step: writers in the same region wait so long.</summary>
    private const int ZeroPieceBytes = 64 << 10;

    /// <summary>Frees the head's blocks that hold nothing but zeros and have nothing below them: no byte of the volume changes.</summary>
    /// <returns>Bytes that became holes.</returns>
    /// <remarks>
    /// Safe beside writes: looking at a piece and freeing it is one step for everybody who writes there. Zeros that hide older bytes are needed, and
    /// those of a snapshot are its own.
    /// </remarks>
    public async ValueTask<long> FreeZerosAsync(ByteRange range, CancellationToken cancellationToken)
    {
        await writers.EnterSharedAsync();
        var buffer = ArrayPool<byte>.Shared.Rent(ZeroPieceBytes);
        try
        {
            ThrowIfClosed();
            VolumeRange.Check(range.Offset, range.Length, chain.SizeBytes);
            var whole = range.BlocksInside(BlockMap.BlockSize);
            var freed = 0L;
            for (var offset = whole.Offset; offset < whole.End;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var piece = ByteRange.FromTo(offset, Math.Min(whole.End, ByteRange.RoundDown(offset, ZeroPieceBytes) + ZeroPieceBytes));
                freed += await FreeZeroPieceAsync(piece, buffer);
                offset = piece.End;
            }
            return freed;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            writers.ExitShared();
        }
    }

    private async ValueTask<long> FreeZeroPieceAsync(ByteRange piece, byte[] buffer)
    {
        var gate = GateOf(piece.Offset);
        await gate.EnterAloneAsync();
        try
        {
            return FreeZeroBlocks(piece, buffer);
        }
        finally
        {
            gate.ExitAlone();
        }
    }

    private long FreeZeroBlocks(ByteRange piece, Span<byte> buffer)
    {
        var head = chain.Top;
        var freed = 0L;
        var end = piece.End / BlockMap.BlockSize;
        for (var block = piece.Offset / BlockMap.BlockSize; block < end;)
        {
            var run = chain.Map.Find(block, end - block);
            block = run.End;
            if (run.Entry.Owner != head.Slot || run.Entry.Covers)
                continue;
            var range = BytesOf(run);
            var bytes = buffer[..(int)range.Length];
            chain.FileOf(head.Slot).Read(range.Offset, bytes);
            if (bytes.ContainsAnyExcept((byte)0))
                continue;
            chain.FileOf(head.Slot).Punch(range);
            chain.Map.Set(run.First, run.Count, MapEntry.None);
            freed += range.Length;
        }
        return freed;
    }
}
