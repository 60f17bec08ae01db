namespace Ankole.Nfs;

/// <summary>A point in time that waiting must not go beyond.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan length)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Length => length;

    public TimeSpan Remaining => length - time.GetElapsedTime(start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    public bool HasPassed => Remaining == TimeSpan.Zero;

    /// <summary>The shorter of <paramref name="limit"/> and what is left, at least a millisecond so that timers accept it.</summary>
    public TimeSpan AtMost(TimeSpan limit)
    {
        var left = Remaining;
        var bounded = left < limit ? left : limit;
        return bounded < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : bounded;
    }
}
