using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>The changes of a snapshot that is served read-only.</summary>
/// <param name="candidates">Names, newest first; those that <paramref name="source"/> cannot tell changes since are left out.</param>
public sealed class SnapshotChangeSource(ISnapshotSource source, IReadOnlyList<string> candidates) : INbdChangeSource
{
    public IReadOnlyList<string> GetSnapshots() => [.. candidates.Where(source.CanTellChangesSince)];

    public async IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(
        string snapshot, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var changed in source.GetChangedExtentsAsync(snapshot, cancellationToken))
        {
            if (changed.Offset >= range.End)
                yield break;
            if (changed.Intersect(range) is { IsEmpty: false } inside)
                yield return inside;
        }
    }
}
