using Ankole.Core;

namespace Ankole.Backup;

/// <summary>One thing to do to the destination.</summary>
/// <param name="Block">The index in the backup's list, or -1: the range becomes zeros.</param>
internal readonly record struct RestoreStep(int Block, ByteRange Range)
{
    /// <summary>
    /// Every listed block, and every range between them unless <paramref name="destinationIsZero"/>. Ascending.
    /// </summary>
    public static IEnumerable<RestoreStep> Full(BlockList blocks, int blockSize, long sizeBytes, bool destinationIsZero)
    {
        var at = 0L;
        for (var i = 0; i < blocks.Count; i++)
        {
            var range = new ByteRange(blocks.Offsets[i], blockSize);
            if (range.Offset > at && !destinationIsZero)
                yield return new RestoreStep(-1, ByteRange.FromTo(at, range.Offset));
            yield return new RestoreStep(i, range);
            at = range.End;
        }
        if (at < sizeBytes && !destinationIsZero)
            yield return new RestoreStep(-1, ByteRange.FromTo(at, sizeBytes));
    }

    /// <summary>
    /// What differs from a backup that the destination holds (backupstore format, section 10): blocks that are new or other, and zeros where only
    /// the old one lists a block. Both lists ascend and are walked side by side.
    /// </summary>
    public static IEnumerable<RestoreStep> Since(BlockList old, BlockList wanted, int blockSize, long sizeBytes)
    {
        var (i, j) = (0, 0);
        while (i < old.Count || j < wanted.Count)
        {
            var oldOffset = i < old.Count ? old.Offsets[i] : long.MaxValue;
            var newOffset = j < wanted.Count ? wanted.Offsets[j] : long.MaxValue;
            if (oldOffset < newOffset)
            {
                if (oldOffset < sizeBytes)
                    yield return new RestoreStep(-1, new ByteRange(oldOffset, blockSize));
                i++;
                continue;
            }
            if (newOffset < oldOffset || old.Checksums[i] != wanted.Checksums[j])
                yield return new RestoreStep(j, new ByteRange(newOffset, blockSize));
            if (newOffset == oldOffset)
                i++;
            j++;
        }
    }
}
