using Ankole.Core;

namespace Ankole.Testing;

public enum DeviceOperation
{
    Read,
    Write,
    WriteZeroes,
    Discard,
    Flush,
    GetExtents,
}

/// <summary>A device that fails, waits or takes notes before it does what it is asked.</summary>
/// <param name="before">Called with every operation; what it throws is the operation's failure, what it awaits is its delay.</param>
public sealed class FaultyDevice(IBlockDevice inner, Func<DeviceOperation, ByteRange, CancellationToken, ValueTask> before) : IBlockDevice
{
    public long SizeBytes => inner.SizeBytes;

    public int PreferredBlockSize => inner.PreferredBlockSize;

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await before(DeviceOperation.Read, new ByteRange(offset, destination.Length), cancellationToken);
        await inner.ReadAsync(offset, destination, cancellationToken);
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        await before(DeviceOperation.Write, new ByteRange(offset, source.Length), cancellationToken);
        await inner.WriteAsync(offset, source, cancellationToken);
    }

    public async ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        await before(DeviceOperation.WriteZeroes, range, cancellationToken);
        await inner.WriteZeroesAsync(range, mayPunch, cancellationToken);
    }

    public async ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken)
    {
        await before(DeviceOperation.Discard, range, cancellationToken);
        await inner.DiscardAsync(range, cancellationToken);
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await before(DeviceOperation.Flush, default, cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(
        ByteRange range, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await before(DeviceOperation.GetExtents, range, cancellationToken);
        await foreach (var extent in inner.GetExtentsAsync(range, cancellationToken))
            yield return extent;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
