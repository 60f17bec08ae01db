using Ankole.Core;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>A backup's blocks in ascending offset order: 40 bytes each, so 20 MiB per TiB of 2 MiB blocks, in spilled memory when they are many.</summary>
public sealed class BlockList
{
    private BlockList(LargeList<long> offsets, LargeList<BlockChecksum> checksums)
    {
        Offsets = offsets;
        Checksums = checksums;
    }

    public static BlockList Empty { get; } = new(new LargeList<long>(), new LargeList<BlockChecksum>());

    public int Count => Offsets.Count;

    /// <summary>Volume offsets in bytes, strictly ascending.</summary>
    public LargeList<long> Offsets { get; }

    public LargeList<BlockChecksum> Checksums { get; }

    public BlockEntry this[int index] => new(Offsets[index], Checksums[index]);

    /// <summary>The index of the block that starts at <paramref name="offset"/>, or negative.</summary>
    public int IndexOf(long offset) => Offsets.BinarySearch(offset);

    /// <summary>Collects blocks in any order.</summary>
    internal sealed class Builder(int capacity = 0)
    {
        private readonly LargeList<long> offsets = new(capacity);
        private readonly LargeList<BlockChecksum> checksums = new(capacity);

        public int Count => offsets.Count;

        public void Add(long offset, in BlockChecksum checksum)
        {
            offsets.Add(offset);
            checksums.Add(checksum);
        }

        /// <summary>Sorts what was added; the builder must not be used afterwards.</summary>
        /// <param name="duplicate">An offset that was added twice, or negative.</param>
        public BlockList Build(out long duplicate)
        {
            duplicate = -1;
            var ascending = true;
            for (var i = 1; i < Count; i++)
                ascending &= offsets[i] > offsets[i - 1];
            if (!ascending)
                offsets.SortWith(checksums);
            for (var i = 1; i < Count; i++)
                if (offsets[i] == offsets[i - 1])
                    duplicate = offsets[i];
            return new BlockList(offsets, checksums);
        }
    }
}

/// <summary>One block of a backup.</summary>
/// <param name="Offset">Volume offset in bytes, a multiple of the backup's block size.</param>
public readonly record struct BlockEntry(long Offset, BlockChecksum Checksum);
