using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>One metadata context of an export (NBD protocol, "Metadata querying").</summary>
/// <param name="combine">The status of a block of which one part has the one and another part the other.</param>
internal sealed class MetaContext(
    string name, Func<ByteRange, CancellationToken, IAsyncEnumerable<StatusRun>> getStatus, Func<uint, uint, uint> combine)
{
    public const string AllocationName = "base:allocation";
    public const string ChangedPrefix = "ankole:changed:";

    private const uint Unchanged = 0, Changed = 1;

    public string Name => name;

    /// <summary>The status of the whole range, in order, without gaps; neighbours may have the same one.</summary>
    public IAsyncEnumerable<StatusRun> GetStatusAsync(ByteRange range, CancellationToken cancellationToken) => getStatus(range, cancellationToken);

    public uint Combine(uint one, uint other) => combine(one, other);

    /// <summary>Everything the export offers: <c>base:allocation</c>, then one context per snapshot.</summary>
    public static IEnumerable<MetaContext> Of(NbdExport export)
    {
        yield return new MetaContext(AllocationName, (range, token) => AllocationAsync(export.Source, range, token), (one, other) => one & other);
        if (export.Changes is not { } changes)
            yield break;
        foreach (var snapshot in changes.GetSnapshots())
            yield return new MetaContext(
                ChangedPrefix + snapshot, (range, token) => ChangesAsync(changes, snapshot, range, token), (one, other) => one | other);
    }

    /// <summary>A wildcard is a namespace or a prefix that ends with a colon: <c>base:</c>, <c>ankole:</c>, <c>ankole:changed:</c>.</summary>
    public bool Matches(string query, bool wildcards) =>
        query == name || (wildcards && query.EndsWith(':') && name.StartsWith(query, StringComparison.Ordinal));

    private static async IAsyncEnumerable<StatusRun> AllocationAsync(
        IBlockSource source, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var extent in source.GetExtentsAsync(range, cancellationToken))
            yield return new StatusRun(extent.Range.Length, (uint)extent.State);
    }

    private static async IAsyncEnumerable<StatusRun> ChangesAsync(
        INbdChangeSource changes, string snapshot, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var offset = range.Offset;
        await foreach (var changed in changes.GetChangedExtentsAsync(snapshot, range, cancellationToken))
        {
            if (changed.Offset > offset)
                yield return new StatusRun(changed.Offset - offset, Unchanged);
            yield return new StatusRun(changed.Length, Changed);
            offset = changed.End;
        }
        if (offset < range.End)
            yield return new StatusRun(range.End - offset, Unchanged);
    }
}
