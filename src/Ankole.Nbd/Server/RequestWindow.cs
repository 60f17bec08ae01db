namespace Ankole.Nbd;

/// <summary>
/// How much of one connection may be in flight: requests and their payload bytes. The connection's own thread waits here when it is full, so
/// that it stops reading; whoever finishes a request makes room.
/// </summary>
internal sealed class RequestWindow(int maxRequests, long maxBytes, Action<NbdServerRequest> completed)
{
    private readonly object gate = new();
    private readonly Stack<NbdServerRequest> idle = new();
    private int requests;
    private long bytes;

    /// <summary>Requests in flight now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return requests;
        }
    }

    /// <returns>Null when there is no room: flush what is ready, then call <see cref="Acquire"/>.</returns>
    public NbdServerRequest? TryAcquire(in NbdRequest header, int windowBytes)
    {
        lock (gate)
            return HasRoom(windowBytes) ? Take(header, windowBytes) : null;
    }

    /// <summary>Waits for room. A request larger than the whole window is let in alone.</summary>
    public NbdServerRequest Acquire(in NbdRequest header, int windowBytes)
    {
        lock (gate)
        {
            while (!HasRoom(windowBytes))
                Monitor.Wait(gate);
            return Take(header, windowBytes);
        }
    }

    public void Release(NbdServerRequest request)
    {
        request.ReturnBuffer();
        lock (gate)
        {
            requests--;
            bytes -= request.WindowBytes;
            idle.Push(request);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Waits until nothing is in flight.</summary>
    public void WaitUntilIdle()
    {
        lock (gate)
        {
            while (requests > 0)
                Monitor.Wait(gate);
        }
    }

    private bool HasRoom(int windowBytes) => requests == 0 || (requests < maxRequests && bytes + windowBytes <= maxBytes);

    private NbdServerRequest Take(in NbdRequest header, int windowBytes)
    {
        if (!idle.TryPop(out var request))
            request = new NbdServerRequest(completed);
        requests++;
        bytes += windowBytes;
        request.Begin(header, windowBytes);
        return request;
    }
}
