using System.Buffers;
using Ankole.Core;

namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <inheritdoc/>
    /// <remarks>
    /// Goes into the page cache on the calling thread: that takes a microsecond, handing it to another thread takes several. A block belongs to the
    /// head in the map only after its bytes are in the file.
    /// </remarks>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!writers.TryEnterShared())
            return WriteWaitingAsync(offset, source);
        var handedOver = false;
        try
        {
            ThrowIfClosed();
            VolumeRange.Check(offset, source.Length, chain.SizeBytes);
            while (!source.IsEmpty)
            {
                var piece = FirstPiece(offset, source.Length);
                if (!TryWriteNow(offset, source.Span[..piece]))
                {
                    handedOver = true;
                    return WriteRestAsync(offset, source);
                }
                offset += piece;
                source = source[piece..];
            }
            return ValueTask.CompletedTask;
        }
        finally
        {
            if (!handedOver)
                writers.ExitShared();
        }
    }

    private async ValueTask WriteWaitingAsync(long offset, ReadOnlyMemory<byte> source)
    {
        await writers.EnterSharedAsync();
        var handedOver = false;
        try
        {
            ThrowIfClosed();
            VolumeRange.Check(offset, source.Length, chain.SizeBytes);
            handedOver = true;
            await WriteRestAsync(offset, source);
        }
        finally
        {
            if (!handedOver)
                writers.ExitShared();
        }
    }

    /// <summary>Writes piece by piece, waiting where a region is closed or older bytes must be read. Leaves the writers' gate.</summary>
    private async ValueTask WriteRestAsync(long offset, ReadOnlyMemory<byte> source)
    {
        try
        {
            while (!source.IsEmpty)
            {
                var piece = FirstPiece(offset, source.Length);
                if (!TryWriteNow(offset, source.Span[..piece]))
                    await WriteAloneAsync(offset, source[..piece]);
                offset += piece;
                source = source[piece..];
            }
        }
        finally
        {
            writers.ExitShared();
        }
    }

    /// <summary>Whole blocks up to the region's end, or the part of one block.</summary>
    private static int FirstPiece(long offset, int length)
    {
        var inBlock = (int)(offset % BlockMap.BlockSize);
        if (inBlock != 0 || length < BlockMap.BlockSize)
            return Math.Min(length, BlockMap.BlockSize - inBlock);
        var whole = length - (length % BlockMap.BlockSize);
        return (int)Math.Min(whole, BlockMap.RegionBytes - (offset % BlockMap.RegionBytes));
    }

    private static bool IsWholeBlocks(long offset, int length) => offset % BlockMap.BlockSize == 0 && length % BlockMap.BlockSize == 0;

    private SharedGate GateOf(long offset) => regionGates[(int)(offset / BlockMap.RegionBytes % RegionGates)];

    /// <returns>False when it cannot be done without waiting.</returns>
    private bool TryWriteNow(long offset, ReadOnlySpan<byte> piece)
    {
        var gate = GateOf(offset);
        if (!gate.TryEnterShared())
            return false;
        try
        {
            // A part of a block that the head holds needs no reading: the rest of the block is in the same file.
            if (!IsWholeBlocks(offset, piece.Length) && chain.Map.Find(offset / BlockMap.BlockSize, 1).Entry.Owner != chain.Top.Slot)
                return false;
            WriteToHead(offset, piece);
            return true;
        }
        finally
        {
            gate.ExitShared();
        }
    }

    /// <summary>Alone in its region: nobody else can write the block between its reading and its writing.</summary>
    private async ValueTask WriteAloneAsync(long offset, ReadOnlyMemory<byte> piece)
    {
        var gate = GateOf(offset);
        await gate.EnterAloneAsync();
        var block = ArrayPool<byte>.Shared.Rent(BlockMap.BlockSize);
        try
        {
            var start = ByteRange.RoundDown(offset, BlockMap.BlockSize);
            if (IsWholeBlocks(offset, piece.Length) || chain.Map.Find(start / BlockMap.BlockSize, 1).Entry.Owner == chain.Top.Slot)
            {
                WriteToHead(offset, piece.Span);
                return;
            }
            var whole = block.AsMemory(0, BlockMap.BlockSize);
            await chain.ReadAsync(start, whole, CancellationToken.None);
            piece.CopyTo(whole[(int)(offset - start)..]);
            WriteToHead(start, whole.Span);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
            gate.ExitAlone();
        }
    }

    /// <summary>The caller is inside the writers' gate and the region's.</summary>
    private void WriteToHead(long offset, ReadOnlySpan<byte> source)
    {
        var head = chain.Top;
        var file = chain.FileOf(head.Slot);
        var first = offset / BlockMap.BlockSize;
        var count = OpenChain.BlocksFor(offset + source.Length) - first;
        try
        {
            file.Write(offset, source);
        }
        catch
        {
            TakeOverWhatArrived(file, new ByteRange(first * BlockMap.BlockSize, count * BlockMap.BlockSize), head.Slot);
            throw;
        }
        chain.Map.Write(first, count, head.Slot);
    }

    /// <summary>A failed write may have reached the file in part: those blocks are the head's now, or a later zeroing would pass over them.</summary>
    private void TakeOverWhatArrived(DataFile head, ByteRange range, byte slot) =>
        head.VisitStoredRanges(range, stored => chain.Map.Write(stored.Offset / BlockMap.BlockSize, OpenChain.BlocksFor(stored.Length), slot));
}
