using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What to back up under which names.</summary>
public sealed record BackupRequest
{
    /// <summary>What fits into a record of 1 GiB: 20 TB in blocks of 2 MiB, 160 TB in blocks of 16 MiB.</summary>
    private const long MaxBlocks = 10_000_000;

    public required string Volume { get; init; }

    /// <summary>Null: generated, <c>backup-</c> and 16 hex digits.</summary>
    public string? Backup { get; init; }

    /// <summary>
    /// Null: the source's own snapshot name, or the backup's name for a source without snapshots. Never stored empty, because Longhorn takes a
    /// backup without one for a base that it cannot compare with (backupstore format, section 23.11).
    /// </summary>
    public string? SnapshotName { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>In addition to <see cref="Labels"/> in the volume's record, and only there.</summary>
    public IReadOnlyDictionary<string, string>? VolumeLabels { get; init; }

    public BackupMode Mode { get; init; }

    /// <summary>
    /// Null: that of the volume's last backup, or 2 MiB for a new volume. Another one than the last backup's makes a backup without a base, and Longhorn,
    /// which compares no sizes, must not build upon it (backupstore format, section 22.7).
    /// </summary>
    public int? BlockSize { get; init; }

    /// <summary>For a new volume; an existing one keeps the method it began with.</summary>
    public CompressionMethod Compression { get; init; } = CompressionMethod.Lz4;

    /// <summary>The image below the volume, or null to keep what the volume's record says. Over an image, zeros are stored like any bytes.</summary>
    public string? BackingImageName { get; init; }

    public string? BackingImageChecksum { get; init; }

    public string? StorageClassName { get; init; }

    /// <summary>
    /// True: always list the stored blocks once and send again what the base names but the store has lost. Otherwise that is done only where
    /// the listing is cheap (see <see cref="KnownBlocks"/>).
    /// </summary>
    public bool CheckInherited { get; init; }

    /// <summary>Blocks in hand at the same time at most; 0: as many as the store makes worth while and <see cref="BackupstoreOptions"/> allow.</summary>
    public int MaxBlocksAtOnce { get; init; }

    internal IReadOnlyDictionary<string, string>? AllVolumeLabels
    {
        get
        {
            if (VolumeLabels is not { Count: > 0 })
                return Labels;
            var all = new Dictionary<string, string>(Labels ?? new Dictionary<string, string>());
            foreach (var (key, value) in VolumeLabels)
                all[key] = value;
            return all;
        }
    }

    /// <exception cref="InvalidInputException">A name or size is not allowed.</exception>
    internal void Check(IBlockSource source)
    {
        ObjectName.Check("volume", Volume);
        if (Backup is not null)
            ObjectName.Check("backup", Backup);
        if (SnapshotName is not null)
            ObjectName.Check("snapshot", SnapshotName);
        if (BlockSize is { } size && (size is < 4096 or > BackupRecord.MaxBlockSize || size % 512 != 0))
            throw new InvalidInputException($"{size} is no block size. Use 2Mi (what every release reads) or 16Mi (Longhorn 1.10 and later).");
        foreach (var label in Labels ?? new Dictionary<string, string>())
            if (label.Key.Length == 0)
                throw new InvalidInputException($"the label '={label.Value}' has no name. Write NAME=VALUE.");
        if (BlockSize is { } chosen)
            CheckSize(source, chosen);
        else
            // The one that is kept is a multiple of this.
            CheckMultiple(source, BackupRecord.DefaultBlockSize);
    }

    /// <exception cref="InvalidInputException">The volume cannot be backed up in blocks of this size.</exception>
    internal void CheckSize(IBlockSource source, int blockSize)
    {
        CheckMultiple(source, blockSize);
        if (source.SizeBytes / blockSize > MaxBlocks)
            throw new InvalidInputException(
                $"volume '{Volume}' has {source.SizeBytes / blockSize} blocks of {blockSize} bytes, more than the {MaxBlocks} that one backup record holds. Use a larger block size.");
    }

    private void CheckMultiple(IBlockSource source, int blockSize)
    {
        if (source.SizeBytes <= 0)
            throw new InvalidInputException($"volume '{Volume}' has {source.SizeBytes} bytes: there is nothing to back up.");
        if (source.SizeBytes % blockSize != 0)
            throw new InvalidInputException(
                $"volume '{Volume}' has {source.SizeBytes} bytes, which is not a multiple of the block size {blockSize}, and no restore would accept it. " +
                $"Enlarge the source to {ByteRange.RoundUp(source.SizeBytes, blockSize)} bytes (truncate -s enlarges a raw file), or choose a block size that divides it.");
    }
}
