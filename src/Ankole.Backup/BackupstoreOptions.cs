namespace Ankole.Backup;

/// <summary>Bounds and times of everything done to a backupstore.</summary>
public sealed class BackupstoreOptions
{
    private const int MostWorkers = 16;

    /// <summary>
    /// Blocks on their way to or from the store at most, where their size allows it. So many are used only where a store answers so slowly that it pays
    /// (<see cref="InFlightWindow"/>).
    /// </summary>
    public int MaxBlocksInFlight { get; init; } = 64;

    /// <summary>
    /// Bytes of block buffers of one operation, which is what limits <see cref="MaxBlocksInFlight"/>: 48 blocks of 2 MiB on their way, 4 of 16 MiB. Chosen so
    /// that the process stays below 256 MiB together with the block lists of a 1 TiB volume.
    /// </summary>
    public long BufferBytes { get; init; } = 128 << 20;

    /// <summary>
    /// An unfinished backup that nobody holds a lock for counts as abandoned after this time, and no longer keeps a deletion from collecting
    /// blocks. Generous, because Longhorn goes on writing after it lost its lock.
    /// </summary>
    public TimeSpan AbandonedAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a cancelled operation may go on to commit what it had begun to commit, to release its lock and to take back what is unfinished. A store that
    /// answers needs a fraction of it; one that does not must not keep anybody waiting.
    /// </summary>
    public TimeSpan AfterCancel { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a failed operation may go on to release its lock and to take back what is unfinished: its store has most likely failed too.</summary>
    public TimeSpan TidyingUp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of unpacked blocks that a lazily read image keeps.</summary>
    public long ImageCacheBytes { get; init; } = 64 << 20;

    internal LockTimings LockTimings { get; init; } = LockTimings.Longhorn;

    internal ProcessTable Processes { get; init; } = ProcessTable.System;

    internal PipelineBounds BoundsFor(int blockSize) => PipelineBounds.For(blockSize, BufferBytes, MaxBlocksInFlight);

    /// <summary>How many blocks of a size are checked or looked up at once: each holds the block and its packed form.</summary>
    internal int WorkersFor(int blockSize) => (int)Math.Clamp(BufferBytes / (2L * blockSize), 2, Math.Clamp(MaxBlocksInFlight, 2, MostWorkers));
}
