using Ankole.Core;

namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <summary>Zeros are written from this: large enough that a call costs little beside its copying.</summary>
    private static readonly byte[] Zeros = new byte[256 << 10];

    /// <inheritdoc/>
    /// <remarks>
    /// A hole shows what is below, so punching is right only where nothing is below; elsewhere zeros are stored (Longhorn replica format, section 24).
    /// </remarks>
    public async ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writers.EnterSharedAsync();
        try
        {
            ThrowIfClosed();
            VolumeRange.Check(range.Offset, range.Length, chain.SizeBytes);
            var whole = range.BlocksInside(BlockMap.BlockSize);
            if (whole.IsEmpty)
            {
                await WriteZeroPartAsync(range);
                return;
            }
            await WriteZeroPartAsync(ByteRange.FromTo(range.Offset, whole.Offset));
            foreach (var part in RegionsOf(whole))
                await AloneInRegionAsync(part, (Replica: this, mayPunch), static (state, part) => state.Replica.ZeroBlocks(part, state.mayPunch));
            await WriteZeroPartAsync(ByteRange.FromTo(whole.End, range.End));
        }
        finally
        {
            writers.ExitShared();
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Frees the head's blocks, and those of the removed snapshots right below it that nothing else stands on. Below the first snapshot that is kept,
    /// or is being read, nothing changes, so its older bytes show again.
    /// </remarks>
    public async ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await writers.EnterSharedAsync();
        try
        {
            ThrowIfClosed();
            VolumeRange.Check(range.Offset, range.Length, chain.SizeBytes);
            foreach (var part in RegionsOf(range.BlocksInside(BlockMap.BlockSize)))
                await AloneInRegionAsync(part, this, static (replica, part) => replica.DiscardBlocks(part));
        }
        finally
        {
            writers.ExitShared();
        }
    }

    private async ValueTask AloneInRegionAsync<TState>(ByteRange part, TState state, Action<TState, ByteRange> action)
    {
        var gate = GateOf(part.Offset);
        await gate.EnterAloneAsync();
        try
        {
            action(state, part);
        }
        finally
        {
            gate.ExitAlone();
        }
    }

    /// <summary>Cuts the range at the borders of regions.</summary>
    private static IEnumerable<ByteRange> RegionsOf(ByteRange range)
    {
        for (var offset = range.Offset; offset < range.End;)
        {
            var end = Math.Min(range.End, ByteRange.RoundDown(offset, BlockMap.RegionBytes) + BlockMap.RegionBytes);
            yield return ByteRange.FromTo(offset, end);
            offset = end;
        }
    }

    private async ValueTask WriteZeroPartAsync(ByteRange part)
    {
        for (var offset = part.Offset; offset < part.End;)
        {
            var piece = FirstPiece(offset, (int)(part.End - offset));
            if (!TryWriteNow(offset, Zeros.AsSpan(0, piece)))
                await WriteAloneAsync(offset, Zeros.AsMemory(0, piece));
            offset += piece;
        }
    }

    private void ZeroBlocks(ByteRange part, bool mayPunch)
    {
        var head = chain.Top;
        var end = part.End / BlockMap.BlockSize;
        for (var block = part.Offset / BlockMap.BlockSize; block < end;)
        {
            var run = chain.Map.Find(block, end - block);
            var bytes = BytesOf(run);
            block = run.End;
            if (mayPunch && run.Entry.IsNone)
                continue;
            if (mayPunch && run.Entry.Owner == head.Slot && !run.Entry.Covers)
            {
                chain.FileOf(head.Slot).Punch(bytes);
                chain.Map.Set(run.First, run.Count, MapEntry.None);
                continue;
            }
            for (var offset = bytes.Offset; offset < bytes.End; offset += Zeros.Length)
                WriteToHead(offset, Zeros.AsSpan(0, (int)Math.Min(Zeros.Length, bytes.End - offset)));
        }
    }

    private void DiscardBlocks(ByteRange part)
    {
        var layers = chain.Layers;
        var punched = punchable;
        var firstKept = layers.Length - punched.Length;
        var end = part.End / BlockMap.BlockSize;
        for (var block = part.Offset / BlockMap.BlockSize; block < end;)
        {
            var run = chain.Map.Find(block, end - block);
            block = run.End;
            if (!punched.Contains(run.Entry.Owner))
                continue;
            foreach (var slot in punched)
                chain.FileOf(slot).Punch(BytesOf(run));
            chain.Map.Set(run.First, run.Count, MapEntry.None);
            if (run.Entry.Covers)
                ShowBelow(run, layers.AsSpan(0, firstKept));
        }
    }

    /// <summary>Gives each block to the youngest of the layers that holds it, asking their files.</summary>
    private void ShowBelow(MapRun run, ReadOnlySpan<ChainLayer> layers)
    {
        foreach (var layer in layers)
        {
            var file = chain.FileOf(layer.Slot);
            var inside = BytesOf(run).Intersect(new ByteRange(0, file.Length));
            if (layer.Slot == chain.BackingSlot)
                WriteCovering(inside, layer.Slot);
            else
                file.VisitStoredRanges(inside, stored => WriteCovering(stored.Intersect(BytesOf(run)), layer.Slot));
        }

        void WriteCovering(ByteRange stored, byte slot)
        {
            var blocks = stored.BlocksCovering(BlockMap.BlockSize);
            if (!stored.IsEmpty)
                chain.Map.Write(blocks.Offset / BlockMap.BlockSize, blocks.Length / BlockMap.BlockSize, slot);
        }
    }

    private static ByteRange BytesOf(MapRun run) => new(run.First * BlockMap.BlockSize, run.Count * BlockMap.BlockSize);
}
