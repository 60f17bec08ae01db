namespace Ankole.Core;

/// <summary>Volume bytes that can be read: a replica, one of its snapshots, a backup, an NBD export, a raw file.</summary>
/// <remarks>All members may be called at the same time from several callers.</remarks>
public interface IBlockSource : IAsyncDisposable
{
    long SizeBytes { get; }

    /// <summary>The granule in bytes (a power of two) at which reads and writes cost no read-modify-write.</summary>
    int PreferredBlockSize { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/>, aligned or not. Holes arrive as zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the source.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// Tells, in ascending order and without gaps, what is stored inside <paramref name="range"/>. What a source cannot tell is
    /// <see cref="ExtentState.Data"/>; a source without knowledge answers one extent.
    /// </summary>
    IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, CancellationToken cancellationToken);
}
