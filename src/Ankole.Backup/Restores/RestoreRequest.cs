namespace Ankole.Backup;

/// <summary>Which backup to bring back, and how.</summary>
public sealed record RestoreRequest
{
    public required string Volume { get; init; }

    public required string Backup { get; init; }

    /// <summary>
    /// The backup that the destination holds already: only what differs is written. Null: the whole image. Both backups must have blocks of one size.
    /// </summary>
    public string? Since { get; init; }

    /// <summary>
    /// Bytes of the image, or null for the volume's present size, as Longhorn restores (an image from before an expansion comes out larger, its
    /// tail zero). Never less than the backup's own blocks need; a multiple of the block size.
    /// </summary>
    public long? SizeBytes { get; init; }

    /// <summary>
    /// False: takes no lock, for a store that cannot be written. A deletion beside it may then make the restore fail; it never makes it wrong.
    /// </summary>
    public bool TakeLock { get; init; } = true;

    /// <summary>Blocks in hand at the same time at most; 0: as many as the store makes worth while and <see cref="BackupstoreOptions"/> allow.</summary>
    public int MaxBlocksAtOnce { get; init; }
}
