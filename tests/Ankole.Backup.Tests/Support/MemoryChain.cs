using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>A volume with snapshots in memory: each snapshot is a full copy plus the pages that its layer holds.</summary>
internal sealed class MemoryChain(long sizeBytes)
{
    private readonly List<Layer> layers = [];
    private HashSet<long> headPages = [];
    private byte[] head = new byte[sizeBytes];

    public long SizeBytes => head.Length;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(head.AsSpan((int)offset));
        for (var page = offset / MemoryDevice.PageSize; page * MemoryDevice.PageSize < offset + bytes.Length; page++)
            headPages.Add(page);
    }

    public void Randomize(long offset, int length, int seed) => Write(offset, MemoryDevice.RandomBytes(length, seed));

    public void Expand(long newSizeBytes) => Array.Resize(ref head, (int)newSizeBytes);

    public Source Snapshot(string name)
    {
        layers.Add(new Layer(name, [.. head], headPages));
        headPages = [];
        return Open(name);
    }

    public Source Open(string name)
    {
        var index = layers.FindIndex(layer => layer.Name == name);
        return new Source([.. layers.Take(index + 1)]);
    }

    /// <summary>Merges a snapshot into the next newer one, as a purge does: its name is gone from the chain.</summary>
    public void Remove(string name)
    {
        var index = layers.FindIndex(layer => layer.Name == name);
        layers[index + 1].Pages.UnionWith(layers[index].Pages);
        layers.RemoveAt(index);
    }

    internal sealed record Layer(string Name, byte[] Bytes, HashSet<long> Pages);

    /// <summary>One snapshot with its chain below.</summary>
    internal sealed class Source(List<Layer> chain) : ISnapshotSource
    {
        public byte[] Bytes => chain[^1].Bytes;

        public long BytesRead { get; private set; }

        public string SnapshotName => chain[^1].Name;

        public long SizeBytes => Bytes.Length;

        public int PreferredBlockSize => 512;

        public bool CanTellChangesSince(string snapshot) => chain.SkipLast(1).Any(layer => layer.Name == snapshot);

        public async IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string? snapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            var newer = snapshot is null ? chain : chain.SkipWhile(layer => layer.Name != snapshot).Skip(1);
            foreach (var page in newer.SelectMany(layer => layer.Pages).Distinct().Order())
                yield return new ByteRange(page * MemoryDevice.PageSize, MemoryDevice.PageSize);
        }

        public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (chain)
                BytesRead += destination.Length;
            Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
            return ValueTask.CompletedTask;
        }

        public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            yield return new Extent(range, ExtentState.Data);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
