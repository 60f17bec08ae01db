namespace Ankole.Backup;

/// <summary>Reads a long object forward, one window in memory at a time.</summary>
/// <param name="fetch">Gets the bytes at an offset, all of them, in a buffer that this stream disposes.</param>
internal sealed class WindowedReadStream(long length, int windowBytes, Func<long, int, CancellationToken, ValueTask<PooledBytes>> fetch) : Stream
{
    private PooledBytes? window;
    private int used;
    private long position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position == length || buffer.IsEmpty)
            return 0;
        if (window is null || used == window.Length)
        {
            window?.Dispose();
            window = null;
            window = await fetch(position, (int)Math.Min(windowBytes, length - position), cancellationToken);
            used = 0;
        }
        var count = Math.Min(buffer.Length, window.Length - used);
        window.Memory.Slice(used, count).CopyTo(buffer);
        used += count;
        position += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <exception cref="NotSupportedException">Always: a thread that waits for the network is a thread lost.</exception>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read this stream asynchronously");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        window?.Dispose();
        window = null;
        base.Dispose(disposing);
    }
}
