namespace Ankole.Nfs;

/// <summary>Growing pauses between attempts: nothing, then 50 ms, 100 ms … up to 2 s, each ±25 % so that many clients do not knock together.</summary>
internal struct Backoff
{
    private int attempts;

    public TimeSpan Next()
    {
        var attempt = attempts++;
        if (attempt == 0)
            return TimeSpan.Zero;
        var milliseconds = Math.Min(2000, 50 << Math.Min(attempt - 1, 10));
        return TimeSpan.FromMilliseconds(milliseconds * (0.75 + (Random.Shared.NextDouble() / 2)));
    }
}
