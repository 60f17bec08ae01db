namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <inheritdoc/>
    /// <remarks>What the page cache holds is copied on the calling thread, without a wait; the disk is waited for elsewhere.</remarks>
    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        var side = readers.Enter();
        var handedOver = false;
        try
        {
            var current = Volatile.Read(ref chain);
            VolumeRange.Check(offset, destination.Length, current.SizeBytes);
            var done = current.ReadCached(offset, destination.Span);
            if (done == destination.Length)
                return ValueTask.CompletedTask;
            handedOver = true;
            return ReadRestAsync(side, current, offset + done, destination[done..], cancellationToken);
        }
        finally
        {
            if (!handedOver)
                readers.Exit(side);
        }
    }

    private async ValueTask ReadRestAsync(int side, OpenChain current, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            await current.ReadAsync(offset, destination, cancellationToken);
        }
        finally
        {
            readers.Exit(side);
        }
    }
}
