namespace Ankole.Backup;

/// <summary>Shares a number of bytes per second among all transfers of a store, first come, first served.</summary>
/// <remarks>
/// Each transfer books the time its bytes take and waits until its booking begins, so the mean never exceeds the rate; what was not used for up
/// to <see cref="Burst"/> is not lost. Thread-safe.
/// </remarks>
internal sealed class ByteRateLimit(long bytesPerSecond, TimeProvider time)
{
    /// <summary>How far unused time is kept.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private TimeSpan bookedUntil;

    /// <summary>Pieces of a transfer that is paced while it runs; 64 KiB keeps a slow line even without many waits on a fast one.</summary>
    public const int PieceBytes = 64 << 10;

    /// <summary>Locks and small records.</summary>
    private const int SmallObjectBytes = 4 << 10;

    /// <summary>How long a small object waits at most: a lock that waited behind all the blocks under way on a slow line would expire.</summary>
    private static readonly TimeSpan LongestSmallWait = TimeSpan.FromSeconds(10);

    /// <summary>Waits for the turn of a whole object, of a small one not long.</summary>
    /// <returns>How long it waited.</returns>
    public ValueTask<TimeSpan> WaitForObjectAsync(long bytes, CancellationToken cancellationToken)
    {
        var wait = Book(bytes);
        return DelayAsync(bytes <= SmallObjectBytes && wait > LongestSmallWait ? LongestSmallWait : wait, cancellationToken);
    }

    /// <returns>How long it waited.</returns>
    public ValueTask<TimeSpan> WaitAsync(long bytes, CancellationToken cancellationToken) => DelayAsync(Book(bytes), cancellationToken);

    private async ValueTask<TimeSpan> DelayAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero)
            return TimeSpan.Zero;
        await Task.Delay(wait, time, cancellationToken);
        return wait;
    }

    /// <returns>How long it is until the booked time begins.</returns>
    private TimeSpan Book(long bytes)
    {
        lock (gate)
        {
            var now = time.GetElapsedTime(start);
            if (bookedUntil < now - Burst)
                bookedUntil = now - Burst;
            var wait = bookedUntil - now;
            bookedUntil += TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            return wait;
        }
    }
}
