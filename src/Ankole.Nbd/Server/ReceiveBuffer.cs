using System.Buffers;

namespace Ankole.Nbd;

/// <summary>
/// What has arrived and was not looked at yet. Owned by the connection's thread. Large payloads bypass it: they are received straight into
/// the request's own buffer.
/// </summary>
internal sealed class ReceiveBuffer(IChannel channel) : IDisposable
{
    /// <summary>64 KiB: a queue of 4 KiB writes arrives in a few system calls, and a connection costs little.</summary>
    private const int Capacity = 64 << 10;

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(Capacity);
    private int start, end;

    /// <summary>Called before every wait for the other side: whatever it waits for has to be on its way first.</summary>
    public Action? BeforeWaiting { get; set; }

    public int Buffered => end - start;

    /// <summary>The next bytes; they stay valid until the next call.</summary>
    /// <exception cref="EndOfStreamException">The other side left first.</exception>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (Buffered < length)
            Fill(length);
        var taken = bytes.AsSpan(start, length);
        start += length;
        return taken;
    }

    /// <summary>Waits until <paramref name="length"/> bytes are buffered.</summary>
    /// <returns>False when the stream ended before the first of them.</returns>
    /// <exception cref="EndOfStreamException">The stream ended in their middle.</exception>
    public bool TryPeek(int length)
    {
        if (Buffered >= length)
            return true;
        try
        {
            Fill(length);
            return true;
        }
        catch (EndOfStreamException) when (Buffered == 0)
        {
            return false;
        }
    }

    public void CopyTo(Span<byte> destination)
    {
        var buffered = Math.Min(Buffered, destination.Length);
        bytes.AsSpan(start, buffered).CopyTo(destination);
        start += buffered;
        for (destination = destination[buffered..]; !destination.IsEmpty;)
            destination = destination[Receive(destination)..];
    }

    public void Skip(long length)
    {
        while (length > 0)
        {
            var step = (int)Math.Min(length, Capacity);
            Take(step);
            length -= step;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
        start = end = 0;
    }

    private void Fill(int length)
    {
        if (start + length > bytes.Length || Buffered == 0)
        {
            bytes.AsSpan(start, Buffered).CopyTo(bytes);
            end -= start;
            start = 0;
        }
        while (Buffered < length)
            end += Receive(bytes.AsSpan(end));
    }

    private int Receive(Span<byte> destination)
    {
        BeforeWaiting?.Invoke();
        var received = channel.Receive(destination);
        return received > 0 ? received : throw new EndOfStreamException("the other side closed the connection");
    }
}
