using Ankole.Core;
using Ankole.Files;

namespace Ankole.Backup;

/// <summary>Every distinct block that a volume's backups (or the backing images) name, each with its first use: 24 bytes more per block than the set.</summary>
internal sealed class BlockUsers(string volume)
{
    public const string BackingImages = "backing-images";

    private readonly ChecksumSet checksums = new();
    private readonly LargeList<FirstUse> firstUses = new();
    private readonly List<string> owners = [];

    public int Count => checksums.Count;

    public long TotalBytes { get; private set; }

    public int LargestBlock { get; private set; } = BackupRecord.DefaultBlockSize;

    /// <summary>For notes.</summary>
    public string Owner => volume;

    /// <summary>Whose blocks were added, in that order.</summary>
    public IReadOnlyList<string> Owners => owners;

    public bool Uses(in BlockChecksum checksum) => checksums.Contains(checksum);

    /// <param name="lengthAt">Bytes of the block at an offset.</param>
    public void Add(string owner, BlockList blocks, CompressionMethod method, Func<long, int> lengthAt)
    {
        owners.Add(owner);
        for (var i = 0; i < blocks.Count; i++)
        {
            if (!checksums.Add(blocks.Checksums[i]))
                continue;
            var length = lengthAt(blocks.Offsets[i]);
            firstUses.Add(new FirstUse(blocks.Offsets[i], length, owners.Count - 1, method));
            TotalBytes += length;
            LargestBlock = Math.Max(LargestBlock, length);
        }
    }

    public IEnumerable<BlockUse> All()
    {
        for (var number = 0; number < checksums.Count; number++)
        {
            var (offset, length, owner, method) = firstUses[number];
            yield return new BlockUse(checksums[number], offset, length, owner, method);
        }
    }

    public string OwnerOf(BlockUse use) => volume == BackingImages
        ? $"backing image '{owners[use.Owner]}'"
        : BackupImageRecord.OwnerOf(volume, owners[use.Owner]);

    private readonly record struct FirstUse(long Offset, int Length, int Owner, CompressionMethod Method);
}

/// <summary>A block and where it is used first.</summary>
/// <param name="Length">Bytes of the unpacked block.</param>
internal readonly record struct BlockUse(BlockChecksum Checksum, long Offset, int Length, int Owner, CompressionMethod Method);
