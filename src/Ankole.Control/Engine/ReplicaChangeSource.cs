using Ankole.Core;
using Ankole.Nbd;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>What an attached volume can prove about its own past: every snapshot of its live chain.</summary>
internal sealed class ReplicaChangeSource(Replica replica) : INbdChangeSource
{
    public IReadOnlyList<string> GetSnapshots() => replica.LiveSnapshots;

    public IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string snapshot, ByteRange range, CancellationToken cancellationToken) =>
        replica.GetChangedExtentsAsync(snapshot, range, cancellationToken);
}
