namespace Ankole.Backup;

/// <summary>Shares a number of bytes per second among all transfers of a store, first come, first served; small objects wait for small ones only.</summary>
/// <remarks>
/// Each transfer books the time its bytes take and waits until its booking begins, so the mean does not exceed the rate: what a small object takes before
/// its turn, the others wait longer. What was not used for up to <see cref="Burst"/> is not lost. Thread-safe.
/// </remarks>
internal sealed class ByteRateLimit(long bytesPerSecond, TimeProvider time)
{
    /// <summary>How far unused time is kept.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly long start = time.GetTimestamp();
    private TimeSpan bookedUntil, bookedBySmallUntil;

    /// <summary>Pieces of a transfer that is paced while it runs; 64 KiB keeps a slow line even without many waits on a fast one.</summary>
    public const int PieceBytes = 64 << 10;

    /// <summary>Locks and small records: a lock that waited behind all the blocks under way on a slow line would expire.</summary>
    private const int SmallObjectBytes = 4 << 10;

    /// <summary>Waits for the turn of a whole object.</summary>
    /// <returns>How long it waited.</returns>
    public ValueTask<TimeSpan> WaitForObjectAsync(long bytes, CancellationToken cancellationToken) =>
        DelayAsync(Book(bytes, isSmall: bytes <= SmallObjectBytes), cancellationToken);

    /// <summary>Waits for the turn of a piece of something larger.</summary>
    /// <returns>How long it waited.</returns>
    public ValueTask<TimeSpan> WaitAsync(long bytes, CancellationToken cancellationToken) => DelayAsync(Book(bytes, isSmall: false), cancellationToken);

    private async ValueTask<TimeSpan> DelayAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait <= TimeSpan.Zero)
            return TimeSpan.Zero;
        await Task.Delay(wait, time, cancellationToken);
        return wait;
    }

    /// <returns>How long it is until the booked time begins.</returns>
    private TimeSpan Book(long bytes, bool isSmall)
    {
        lock (gate)
        {
            var now = time.GetElapsedTime(start);
            var taken = TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            var wait = Book(ref bookedUntil, now, taken);
            return isSmall ? Book(ref bookedBySmallUntil, now, taken) : wait;
        }
    }

    private static TimeSpan Book(ref TimeSpan until, TimeSpan now, TimeSpan taken)
    {
        if (until < now - Burst)
            until = now - Burst;
        var wait = until - now;
        until += taken;
        return wait;
    }
}
