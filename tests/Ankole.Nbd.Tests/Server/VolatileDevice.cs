using Ankole.Core;

namespace Ankole.Nbd.Tests;

/// <summary>A device with a write cache: what was not flushed is lost with the power.</summary>
internal sealed class VolatileDevice(int size) : IBlockDevice
{
    private readonly byte[] cached = new byte[size];
    private byte[] durable = new byte[size];

    public long SizeBytes => size;

    public int PreferredBlockSize => 512;

    public byte[] AfterPowerLoss(int offset, int length) => durable.AsSpan(offset, length).ToArray();

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cached.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        source.Span.CopyTo(cached.AsSpan((int)offset));
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        cached.AsSpan((int)range.Offset, (int)range.Length).Clear();
        return ValueTask.CompletedTask;
    }

    public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        durable = (byte[])cached.Clone();
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(
        ByteRange range, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        yield return new Extent(range, ExtentState.Data);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
