using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// The volume as it was at one snapshot, or as the head of a replica that nobody has open. Holds its own files, each with a shared lock, so that no
/// purge changes them while it reads; writes nothing.
/// </summary>
public sealed class ChainView : ISnapshotSource
{
    /// <summary>What <see cref="SnapshotName"/> says of a head, as Longhorn calls it.</summary>
    public const string HeadName = "volume-head";

    private readonly OpenChain chain;

    internal ChainView(OpenChain chain, string snapshotName)
    {
        this.chain = chain;
        SnapshotName = snapshotName;
    }

    public string SnapshotName { get; }

    /// <summary>The size of the volume now; beyond the snapshot's own size it reads as zeros.</summary>
    public long SizeBytes => chain.SizeBytes;

    public int PreferredBlockSize => BlockMap.BlockSize;

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        VolumeRange.Check(offset, destination.Length, SizeBytes);
        var done = chain.ReadCached(offset, destination.Span);
        return done == destination.Length ? ValueTask.CompletedTask : chain.ReadAsync(offset + done, destination[done..], cancellationToken);
    }

    public IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, CancellationToken cancellationToken)
    {
        VolumeRange.Check(range.Offset, range.Length, SizeBytes);
        return ChainExtents.StoredAsync(chain, range, cancellationToken);
    }

    public bool CanTellChangesSince(string snapshot) =>
        snapshot != SnapshotName && chain.Find(DiskName.OfSnapshot(snapshot)) is not null;

    public IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string? snapshot, CancellationToken cancellationToken)
    {
        if (snapshot is not null && !CanTellChangesSince(snapshot))
            throw new ArgumentException($"snapshot '{snapshot}' is not below '{SnapshotName}' in its chain.", nameof(snapshot));
        return ChainExtents.ChangedAsync(chain, new ByteRange(0, SizeBytes), snapshot, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    internal void Close() => chain.Dispose();
}
