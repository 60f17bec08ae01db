namespace Ankole.Nfs;

/// <summary>How many COMPOUND requests were sent, repetitions included, and how many bytes they took. Thread-safe.</summary>
public sealed class NfsCounters
{
    private long requests, bytesSent;

    public long Requests => Interlocked.Read(ref requests);

    public long BytesSent => Interlocked.Read(ref bytesSent);

    internal void Count(CompoundRequest request)
    {
        Interlocked.Increment(ref requests);
        Interlocked.Add(ref bytesSent, request.Writer.Length);
    }
}
