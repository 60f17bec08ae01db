using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Testing;

/// <summary>
/// A sparse device in memory: only pages that were written take space, so a test may use terabytes. Every call completes at once.
/// </summary>
/// <remarks>Pages are locked one by one: overlapping requests see whole pages, as on a disk with sectors of that size.</remarks>
public sealed class MemoryBlockDevice(long sizeBytes, int pageSize = 4096) : IBlockDevice
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<long, byte[]> pages = [];
    private long flushes;

    public long SizeBytes { get; } = sizeBytes;

    public int PreferredBlockSize => pageSize;

    /// <summary>How often <see cref="FlushAsync"/> was called.</summary>
    public long Flushes => Interlocked.Read(ref flushes);

    public int StoredPages
    {
        get
        {
            lock (gate)
                return pages.Count;
        }
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckRange(offset, destination.Length);
        lock (gate)
        {
            ForEachPage(offset, destination.Length, (page, inPage, at, length) =>
            {
                var target = destination.Span.Slice(at, length);
                if (pages.TryGetValue(page, out var bytes))
                    bytes.AsSpan(inPage, length).CopyTo(target);
                else
                    target.Clear();
            });
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        CheckRange(offset, source.Length);
        lock (gate)
        {
            ForEachPage(offset, source.Length, (page, inPage, at, length) =>
            {
                if (!pages.TryGetValue(page, out var bytes))
                    pages[page] = bytes = new byte[pageSize];
                source.Span.Slice(at, length).CopyTo(bytes.AsSpan(inPage));
            });
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        lock (gate)
        {
            if (mayPunch)
            {
                Punch(range);
                return ValueTask.CompletedTask;
            }
            ForEachPage(range.Offset, range.Length, (page, inPage, _, length) =>
            {
                if (!pages.TryGetValue(page, out var bytes))
                    pages[page] = bytes = new byte[pageSize];
                bytes.AsSpan(inPage, length).Clear();
            });
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken) =>
        WriteZeroesAsync(range, mayPunch: true, cancellationToken);

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref flushes);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        await ValueTask.CompletedTask;
        List<long> stored;
        lock (gate)
            stored = [.. pages.Keys.Where(page => page < range.End && page + pageSize > range.Offset)];
        var offset = range.Offset;
        foreach (var page in stored)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var data = new ByteRange(page, pageSize).Intersect(range);
            if (data.Offset > offset)
                yield return new Extent(ByteRange.FromTo(offset, data.Offset), ExtentState.Hole | ExtentState.Zero);
            yield return new Extent(data, ExtentState.Data);
            offset = data.End;
        }
        if (offset < range.End)
            yield return new Extent(ByteRange.FromTo(offset, range.End), ExtentState.Hole | ExtentState.Zero);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Punch(ByteRange range)
    {
        var whole = range.BlocksInside(pageSize);
        foreach (var page in pages.Keys.Where(page => page >= range.Offset - pageSize + 1 && page < range.End).ToList())
        {
            if (whole.Length > 0 && page >= whole.Offset && page < whole.End)
            {
                pages.Remove(page);
                continue;
            }
            var part = new ByteRange(page, pageSize).Intersect(range);
            pages[page].AsSpan((int)(part.Offset - page), (int)part.Length).Clear();
        }
    }

    private void ForEachPage(long offset, long length, Action<long, int, int, int> action)
    {
        for (var at = 0L; at < length;)
        {
            var inPage = (int)((offset + at) % pageSize);
            var step = (int)Math.Min(pageSize - inPage, length - at);
            action(offset + at - inPage, inPage, (int)at, step);
            at += step;
        }
    }

    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > SizeBytes - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} leave a device of {SizeBytes} bytes");
    }
}
