using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nbd.Tests;

/// <summary>Changes that a test made up, newest snapshot first.</summary>
internal sealed class FixedChanges(params (string Snapshot, ByteRange[] Changed)[] snapshots) : INbdChangeSource
{
    public IReadOnlyList<string> GetSnapshots() => [.. snapshots.Select(entry => entry.Snapshot)];

    public async IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(
        string snapshot, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var changed in snapshots.Single(entry => entry.Snapshot == snapshot).Changed)
            if (changed.Intersect(range) is { IsEmpty: false } inside)
                yield return inside;
    }
}
