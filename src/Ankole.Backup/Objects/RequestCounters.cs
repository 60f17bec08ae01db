namespace Ankole.Backup;

/// <summary>How many requests of each kind a store was sent (retries included) and how many object bytes went each way. Thread-safe.</summary>
public sealed class RequestCounters
{
    private long list, get, stat, put, delete, retries, bytesRead, bytesWritten;

    public void CountList() => Interlocked.Increment(ref list);

    public void CountStat() => Interlocked.Increment(ref stat);

    public void CountGet(long bytes)
    {
        Interlocked.Increment(ref get);
        Interlocked.Add(ref bytesRead, bytes);
    }

    /// <summary>Bytes of a get that were not known when it was counted.</summary>
    public void CountBytesRead(long bytes) => Interlocked.Add(ref bytesRead, bytes);

    public void CountPut(long bytes)
    {
        Interlocked.Increment(ref put);
        Interlocked.Add(ref bytesWritten, bytes);
    }

    /// <summary>One request, however many keys it names.</summary>
    public void CountDelete() => Interlocked.Increment(ref delete);

    public void CountRetry() => Interlocked.Increment(ref retries);

    public RequestCounts Snapshot() => new(
        Interlocked.Read(ref list), Interlocked.Read(ref get), Interlocked.Read(ref stat), Interlocked.Read(ref put),
        Interlocked.Read(ref delete), Interlocked.Read(ref retries), Interlocked.Read(ref bytesRead), Interlocked.Read(ref bytesWritten));
}

/// <summary>The counters at one moment.</summary>
public readonly record struct RequestCounts(
    long List, long Get, long Stat, long Put, long Delete, long Retries, long BytesRead, long BytesWritten)
{
    public long Total => List + Get + Stat + Put + Delete;

    public static RequestCounts operator -(RequestCounts later, RequestCounts earlier) => Subtract(later, earlier);

    public static RequestCounts Subtract(RequestCounts later, RequestCounts earlier) => new(
        later.List - earlier.List, later.Get - earlier.Get, later.Stat - earlier.Stat, later.Put - earlier.Put, later.Delete - earlier.Delete,
        later.Retries - earlier.Retries, later.BytesRead - earlier.BytesRead, later.BytesWritten - earlier.BytesWritten);
}
