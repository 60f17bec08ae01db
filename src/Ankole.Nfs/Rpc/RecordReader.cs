using System.Buffers;
using System.Buffers.Binary;

namespace Ankole.Nfs;

/// <summary>
/// Cuts a byte stream into records (RFC 5531, section 11): each is one or more fragments, each fragment a four-byte mark (highest bit: last
/// fragment of the record; the rest: its length) and its bytes.
/// </summary>
/// <remarks>Small records are read many at a time through one buffer; a large fragment goes straight into its record's array.</remarks>
internal sealed class RecordReader(Stream stream, int maxRecordBytes) : IDisposable
{
    /// <summary>64 KiB: holds a few hundred small replies, and is small beside one READ reply.</summary>
    private const int BufferBytes = 64 << 10;

    /// <summary>A record in more fragments than this is an attack on patience, not a reply.</summary>
    private const int MaxFragments = 1024;

    private const uint LastFragment = 0x8000_0000;

    private byte[]? buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int start, end;

    /// <summary>The next record, or null when the stream ended cleanly between two.</summary>
    /// <exception cref="NfsProtocolException">A record is longer than allowed, or the stream ends inside one.</exception>
    public async ValueTask<RpcReply?> ReadAsync(CancellationToken cancellationToken)
    {
        byte[]? record = null;
        var length = 0;
        try
        {
            for (var fragment = 0; ; fragment++)
            {
                if (!await FillAsync(4, cancellationToken))
                {
                    if (fragment == 0 && start == end)
                        return null;
                    throw new NfsProtocolException("the stream ended inside a record mark");
                }
                var mark = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start, 4));
                start += 4;
                var fragmentBytes = (int)(mark & ~LastFragment);
                if (fragment >= MaxFragments || fragmentBytes > maxRecordBytes - length)
                    throw new NfsProtocolException(
                        $"the server announced a record of {(long)length + fragmentBytes} bytes; at most {maxRecordBytes} were agreed, so the stream is no NFS or out of step");
                record = Grow(record, length, length + fragmentBytes);
                await ReadExactlyAsync(record.AsMemory(length, fragmentBytes), cancellationToken);
                length += fragmentBytes;
                if ((mark & LastFragment) != 0)
                {
                    var reply = new RpcReply(record, length);
                    record = null;
                    return reply;
                }
            }
        }
        finally
        {
            if (record is not null)
                ArrayPool<byte>.Shared.Return(record);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref buffer, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }

    private static byte[] Grow(byte[]? record, int used, int needed)
    {
        if (record is not null && needed <= record.Length)
            return record;
        var larger = ArrayPool<byte>.Shared.Rent(needed);
        if (record is not null)
        {
            record.AsSpan(0, used).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(record);
        }
        return larger;
    }

    /// <summary>False when the stream ends first.</summary>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        while (end - start < count)
        {
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
            }
            var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
            if (read == 0)
                return false;
            end += read;
        }
        return true;
    }

    private async ValueTask ReadExactlyAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var buffered = Math.Min(destination.Length, end - start);
        buffer.AsMemory(start, buffered).CopyTo(destination);
        start += buffered;
        destination = destination[buffered..];
        while (!destination.IsEmpty)
        {
            var read = await stream.ReadAsync(destination, cancellationToken);
            if (read == 0)
                throw new NfsProtocolException("the stream ended inside a record");
            destination = destination[read..];
        }
    }
}
