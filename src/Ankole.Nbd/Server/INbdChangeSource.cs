using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>What an export can prove about its past: offered to clients as one metadata context <c>ankole:changed:SNAPSHOT</c> per snapshot.</summary>
/// <remarks>All members may be called at the same time. The device may be a live head: then an answer tells what had changed when it was given.</remarks>
public interface INbdChangeSource
{
    /// <summary>Names of the snapshots that may be asked about, newest first; asked again for every client.</summary>
    IReadOnlyList<string> GetSnapshots();

    /// <summary>The runs inside <paramref name="range"/>, ascending and disjoint, that may differ from <paramref name="snapshot"/>.</summary>
    /// <exception cref="ArgumentException">The snapshot is not, or no longer, in the chain.</exception>
    IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string snapshot, ByteRange range, CancellationToken cancellationToken);
}
