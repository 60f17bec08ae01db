using System.Buffers;

namespace Ankole.Nbd;

/// <summary>
/// Sends replies in the order they become ready; one thread at a time is the sender, and it sends for everybody. Small replies are gathered
/// into one system call, large payloads leave from where they were read to.
/// </summary>
/// <remarks>
/// The connection's own thread may wait for the socket. A thread of the pool that finishes a request may not: when the socket is full it
/// leaves the rest to a thread of this writer, which is started the first time that happens.
/// </remarks>
internal sealed class ReplyWriter(IChannel channel, RequestWindow window) : IDisposable
{
    /// <summary>Payloads up to this size are copied: below about 16 KiB a copy costs less than a second system call.</summary>
    private const int CopyLimit = 16 << 10;

    private const int StagingBytes = 128 << 10;

    private readonly object gate = new();
    private readonly Queue<NbdServerRequest> ready = new();
    private readonly SemaphoreSlim handover = new(0);
    private readonly byte[] staging = ArrayPool<byte>.Shared.Rent(StagingBytes);
    private bool sending, broken, closed;
    private Thread? thread;

    // Owned by the sender. What is left to send: head, then tail; tail belongs to large, which is released when all of it is gone.
    private ReadOnlyMemory<byte> head, tail;
    private NbdServerRequest? large;

    /// <summary>Hands over a request whose reply is composed. Nothing is sent yet.</summary>
    public void Enqueue(NbdServerRequest request)
    {
        lock (gate)
        {
            if (!broken)
            {
                ready.Enqueue(request);
                return;
            }
        }
        window.Release(request);
    }

    /// <summary>Sends everything that is ready, unless somebody else is doing so.</summary>
    /// <param name="mayBlock">True only on the connection's own thread.</param>
    public void Flush(bool mayBlock)
    {
        lock (gate)
        {
            if (sending || ready.Count == 0)
                return;
            sending = true;
        }
        if (!Drain(mayBlock))
            HandOver();
    }

    /// <summary>Waits until what was handed over has left: a small reply's request is done with when it is gathered, which is before it is sent.</summary>
    public void WaitUntilSent()
    {
        lock (gate)
        {
            while (sending)
                Monitor.Wait(gate);
        }
    }

    /// <summary>Call when nothing is in flight any more, nor being sent.</summary>
    public void Dispose()
    {
        lock (gate)
            closed = true;
        handover.Release();
        thread?.Join();
        handover.Dispose();
        ArrayPool<byte>.Shared.Return(staging);
    }

    /// <returns>False when the socket is full and the caller may not wait: the caller is still the sender.</returns>
    private bool Drain(bool mayBlock)
    {
        try
        {
            while (true)
            {
                while (head.Length + tail.Length > 0)
                {
                    var sent = channel.Send(head.Span, tail.Span, mayBlock);
                    if (sent == 0)
                        return false;
                    var ofHead = Math.Min(sent, head.Length);
                    head = head[ofHead..];
                    tail = tail[(sent - ofHead)..];
                }
                ReleaseLarge();
                if (!TryGather())
                    return true;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Break();
            return true;
        }
    }

    /// <summary>Takes the next replies that fit into one call.</summary>
    /// <returns>False, and the caller is no longer the sender, when none is ready.</returns>
    private bool TryGather()
    {
        var used = 0;
        while (true)
        {
            NbdServerRequest? request;
            lock (gate)
            {
                if (!ready.TryPeek(out request) && used == 0)
                {
                    sending = false;
                    Monitor.PulseAll(gate);
                    return false;
                }
                if (request is null || used + request.ReplyHead.Length + Math.Min(request.ReplyPayload.Length, CopyLimit) > StagingBytes)
                    break;
                ready.Dequeue();
            }
            request.ReplyHead.Span.CopyTo(staging.AsSpan(used));
            used += request.ReplyHead.Length;
            if (request.ReplyPayload.Length > CopyLimit)
            {
                large = request;
                tail = request.ReplyPayload;
                break;
            }
            request.ReplyPayload.Span.CopyTo(staging.AsSpan(used));
            used += request.ReplyPayload.Length;
            window.Release(request);
        }
        head = staging.AsMemory(0, used);
        return true;
    }

    private void ReleaseLarge()
    {
        if (large is null)
            return;
        window.Release(large);
        large = null;
    }

    /// <summary>The other side is gone: what it will not read is dropped, and the connection's thread learns it from the end of the stream.</summary>
    private void Break()
    {
        head = tail = default;
        ReleaseLarge();
        lock (gate)
        {
            broken = true;
            sending = false;
            while (ready.TryDequeue(out var request))
                window.Release(request);
            Monitor.PulseAll(gate);
        }
        channel.Abort();
    }

    private void HandOver()
    {
        lock (gate)
        {
            thread ??= StartThread();
        }
        handover.Release();
    }

    private Thread StartThread()
    {
        var started = new Thread(SendWhatOthersLeft) { IsBackground = true, Name = "nbd-replies" };
        started.Start();
        return started;
    }

    private void SendWhatOthersLeft()
    {
        while (true)
        {
            handover.Wait();
            lock (gate)
            {
                if (closed)
                    return;
            }
            Drain(mayBlock: true);
        }
    }
}
