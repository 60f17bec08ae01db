using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

/// <summary>A device whose requests wait until a test lets them go.</summary>
internal sealed class GatedDevice : IBlockDevice
{
    private readonly FaultyDevice inner;
    private readonly ConcurrentDictionary<long, TaskCompletionSource> gates = new();
    private volatile bool isOpen;
    private int waiting, mostWaiting;

    public GatedDevice(IBlockDevice device)
    {
        inner = new FaultyDevice(device, async (_, range, _) => await WaitAsync(range.Offset));
    }

    public int Waiting => Volatile.Read(ref waiting);

    public int MostWaiting => Volatile.Read(ref mostWaiting);

    public long SizeBytes => inner.SizeBytes;

    public int PreferredBlockSize => inner.PreferredBlockSize;

    public void Release(long offset) => gates[offset].TrySetResult();

    public void ReleaseAll()
    {
        isOpen = true;
        foreach (var gate in gates.Values)
            gate.TrySetResult();
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadAsync(offset, destination, cancellationToken);

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken) =>
        inner.WriteAsync(offset, source, cancellationToken);

    public ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken) =>
        inner.WriteZeroesAsync(range, mayPunch, cancellationToken);

    public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken) => inner.DiscardAsync(range, cancellationToken);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, CancellationToken cancellationToken) =>
        inner.GetExtentsAsync(range, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task WaitAsync(long offset)
    {
        var gate = gates[offset] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
            gate.TrySetResult();
        var now = Interlocked.Increment(ref waiting);
        for (var most = mostWaiting; now > most; most = mostWaiting)
            Interlocked.CompareExchange(ref mostWaiting, now, most);
        await gate.Task;
        Interlocked.Decrement(ref waiting);
    }
}
