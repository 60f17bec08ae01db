using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Runs of whole blocks, ascending and merged: small even where single sectors of a huge volume changed.</summary>
internal sealed class BlockRanges(int blockSize, long sizeBytes)
{
    private readonly List<ByteRange> runs = [];

    public long TotalBytes { get; private set; }

    /// <summary>Marks every block that holds a byte of the range. Ranges come in ascending order.</summary>
    public void Add(ByteRange range)
    {
        range = range.Intersect(new ByteRange(0, sizeBytes));
        if (range.IsEmpty)
            return;
        var covering = range.BlocksCovering(blockSize);
        var last = runs.Count > 0 ? runs[^1] : default;
        if (runs.Count > 0 && covering.Offset < last.Offset)
            throw new ArgumentException($"range {range} comes after {last}", nameof(range));
        if (runs.Count > 0 && covering.Offset <= last.End)
        {
            var merged = ByteRange.FromTo(last.Offset, Math.Max(last.End, covering.End));
            TotalBytes += merged.Length - last.Length;
            runs[^1] = merged;
            return;
        }
        TotalBytes += covering.Length;
        runs.Add(covering);
    }

    /// <summary>The offset of every marked block, ascending.</summary>
    public IEnumerable<long> Offsets()
    {
        foreach (var run in runs)
            for (var offset = run.Offset; offset < run.End; offset += blockSize)
                yield return offset;
    }

    /// <summary>What any file of the chain newer than <paramref name="since"/> holds, or everything allocated when it is null.</summary>
    public static async Task<BlockRanges> ChangedAsync(IBlockSource source, string? since, int blockSize, bool everything, CancellationToken cancellationToken)
    {
        var ranges = new BlockRanges(blockSize, source.SizeBytes);
        if (everything)
        {
            ranges.Add(new ByteRange(0, source.SizeBytes));
        }
        else if (source is ISnapshotSource chain)
        {
            await foreach (var range in chain.GetChangedExtentsAsync(since, cancellationToken))
                ranges.Add(range);
        }
        else
        {
            await foreach (var extent in source.GetExtentsAsync(new ByteRange(0, source.SizeBytes), cancellationToken))
                if (!extent.ReadsAsZeros)
                    ranges.Add(extent.Range);
        }
        return ranges;
    }
}
