namespace Ankole.Core;

/// <summary>A source that is one snapshot of a chain and can prove what changed since an older one.</summary>
public interface ISnapshotSource : IBlockSource
{
    /// <summary>The snapshot these bytes belong to.</summary>
    string SnapshotName { get; }

    /// <summary>True when <paramref name="snapshot"/> is an older member of this one's live chain, so that the difference is a proof.</summary>
    bool CanTellChangesSince(string snapshot);

    /// <summary>
    /// The runs, ascending and disjoint, that any file newer than <paramref name="snapshot"/> up to this snapshot holds.
    /// Null: everything that any snapshot file holds.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="snapshot"/> is not in the chain below this one.</exception>
    IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string? snapshot, CancellationToken cancellationToken);
}
