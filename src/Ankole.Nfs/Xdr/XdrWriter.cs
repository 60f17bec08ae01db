using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Ankole.Nfs;

/// <summary>Writes XDR (RFC 4506) into a rented array that grows as needed. The owner disposes it once, after the last reader of the bytes.</summary>
internal sealed class XdrWriter(int sizeHint) : IDisposable
{
    private byte[]? rented = ArrayPool<byte>.Shared.Rent(sizeHint);
    private int length;

    public int Length => length;

    public ReadOnlyMemory<byte> Written => Array.AsMemory(0, length);

    private byte[] Array => rented ?? throw new ObjectDisposedException(nameof(XdrWriter));

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);

    public void WriteBool(bool value) => WriteUInt32(value ? 1u : 0u);

    public void WriteFixed(ReadOnlySpan<byte> value)
    {
        var padded = Reserve(value.Length + XdrReader.PaddingOf(value.Length));
        value.CopyTo(padded);
        padded[value.Length..].Clear();
    }

    public void WriteOpaque(ReadOnlySpan<byte> value)
    {
        WriteUInt32((uint)value.Length);
        WriteFixed(value);
    }

    public void WriteString(string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        WriteUInt32((uint)count);
        var padded = Reserve(count + XdrReader.PaddingOf(count));
        Encoding.UTF8.GetBytes(value, padded);
        padded[count..].Clear();
    }

    /// <summary>Overwrites what was written at <paramref name="offset"/> before.</summary>
    public void PatchUInt32(int offset, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Patch(offset, 4), value);

    public Span<byte> Patch(int offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + count, length);
        return Array.AsSpan(offset, count);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }

    private Span<byte> Reserve(int count)
    {
        var array = Array;
        var needed = checked(length + count);
        if (needed > array.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, array.Length * 2));
            array.AsSpan(0, length).CopyTo(larger);
            rented = larger;
            ArrayPool<byte>.Shared.Return(array);
            array = larger;
        }
        var reserved = array.AsSpan(length, count);
        length = needed;
        return reserved;
    }
}
