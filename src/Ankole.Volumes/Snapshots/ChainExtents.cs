using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>What a chain stores and what changed in it, read off its map.</summary>
internal static class ChainExtents
{
    /// <summary>Data where any file holds a block, holes elsewhere; without gaps.</summary>
    public static async IAsyncEnumerable<Extent> StoredAsync(
        OpenChain chain, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        var pending = default(Extent);
        foreach (var (run, bytes) in RunsOf(chain, range))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var state = run.Entry.IsNone ? ExtentState.Hole | ExtentState.Zero : ExtentState.Data;
            if (!pending.Range.IsEmpty && pending.State == state)
            {
                pending = pending with { Range = ByteRange.FromTo(pending.Range.Offset, bytes.End) };
                continue;
            }
            if (!pending.Range.IsEmpty)
                yield return pending;
            pending = new Extent(bytes, state);
        }
        if (!pending.Range.IsEmpty)
            yield return pending;
    }

    /// <summary>The runs that a file newer than the snapshot holds; null: that any file but the backing file holds.</summary>
    public static async IAsyncEnumerable<ByteRange> ChangedAsync(
        OpenChain chain, ByteRange range, string? since, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        var layers = chain.Layers;
        var isNewer = NewerSlots(chain, layers, since);
        var pending = default(ByteRange);
        foreach (var (run, bytes) in RunsOf(chain, range))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (layers != chain.Layers)
            {
                layers = chain.Layers;
                isNewer = NewerSlots(chain, layers, since);
            }
            if (!isNewer[run.Entry.Owner])
                continue;
            if (!pending.IsEmpty && pending.End == bytes.Offset)
            {
                pending = ByteRange.FromTo(pending.Offset, bytes.End);
                continue;
            }
            if (!pending.IsEmpty)
                yield return pending;
            pending = bytes;
        }
        if (!pending.IsEmpty)
            yield return pending;
    }

    /// <summary>
    /// Which slots changed something since. Whatever is not known to be older counts as newer, so that a snapshot taken or a purge finished meanwhile
    /// adds runs, and never hides one.
    /// </summary>
    private static bool[] NewerSlots(OpenChain chain, ChainLayer[] layers, string? since)
    {
        var isNewer = new bool[256];
        Array.Fill(isNewer, true);
        isNewer[0] = false;
        var last = since is null ? -1 : Array.FindIndex(layers, layer => layer.Disk == DiskName.OfSnapshot(since));
        for (var position = 0; position <= last; position++)
            isNewer[layers[position].Slot] = false;
        isNewer[chain.BackingSlot] = false;
        return isNewer;
    }

    private static IEnumerable<(MapRun Run, ByteRange Bytes)> RunsOf(OpenChain chain, ByteRange range)
    {
        if (range.IsEmpty)
            yield break;
        var first = range.Offset / BlockMap.BlockSize;
        foreach (var run in chain.Map.Runs(first, OpenChain.BlocksFor(range.End) - first))
        {
            var bytes = new ByteRange(run.First * BlockMap.BlockSize, run.Count * BlockMap.BlockSize).Intersect(range);
            if (!bytes.IsEmpty)
                yield return (run, bytes);
        }
    }
}
