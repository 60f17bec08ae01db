using System.Buffers;

namespace Ankole.Nbd;

/// <summary>What has arrived from a server. Used by the connection's receiver only.</summary>
internal sealed class NbdClientInput(Stream stream) : IDisposable
{
    private const int Capacity = 64 << 10;

    private byte[] bytes = ArrayPool<byte>.Shared.Rent(Capacity);
    private int start, end;

    /// <summary>The next bytes, at most 64 KiB; they stay valid until the next call.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public ValueTask<ReadOnlyMemory<byte>> TakeAsync(int length)
    {
        if (end - start >= length)
            return new ValueTask<ReadOnlyMemory<byte>>(Advance(length));
        return FillAndTakeAsync(length);
    }

    public async ValueTask CopyToAsync(Memory<byte> destination)
    {
        var buffered = Math.Min(end - start, destination.Length);
        Advance(buffered).CopyTo(destination);
        if (buffered < destination.Length)
            await stream.ReadExactlyAsync(destination[buffered..], CancellationToken.None);
    }

    public async ValueTask SkipAsync(long length)
    {
        while (length > 0)
            length -= (await TakeAsync((int)Math.Min(length, Capacity))).Length;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = [];
        start = end = 0;
    }

    private async ValueTask<ReadOnlyMemory<byte>> FillAndTakeAsync(int length)
    {
        bytes.AsSpan(start, end - start).CopyTo(bytes);
        end -= start;
        start = 0;
        while (end < length)
        {
            var received = await stream.ReadAsync(bytes.AsMemory(end), CancellationToken.None);
            end += received > 0 ? received : throw new EndOfStreamException("the server closed the connection");
        }
        return Advance(length);
    }

    private ReadOnlyMemory<byte> Advance(int length)
    {
        var taken = bytes.AsMemory(start, length);
        start += length;
        return taken;
    }
}
