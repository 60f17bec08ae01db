using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>A block device in memory that knows which 4 KiB pages were ever written, and how often it was flushed.</summary>
internal sealed class MemoryDevice(long sizeBytes) : IBlockDevice
{
    public const int PageSize = 4096;

    private readonly bool[] isWritten = new bool[(sizeBytes + PageSize - 1) / PageSize];

    public byte[] Bytes { get; } = new byte[sizeBytes];

    public int Flushes { get; private set; }

    public long ReadCalls { get; private set; }

    public long SizeBytes => sizeBytes;

    public int PreferredBlockSize => PageSize;

    /// <summary>SHA-256 of the whole image, lower-case hex, as the manifests have it.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Bytes));

    public static MemoryDevice Filled(long sizeBytes, byte value)
    {
        var device = new MemoryDevice(sizeBytes);
        device.Bytes.AsSpan().Fill(value);
        return device;
    }

    /// <summary>Random bytes that a seed reproduces.</summary>
    public void Randomize(long offset, int length, int seed) => Write(offset, RandomBytes(length, seed));

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes.AsSpan((int)offset));
        for (var page = offset / PageSize; page * PageSize < offset + bytes.Length; page++)
            isWritten[page] = true;
    }

    public bool WasWritten(ByteRange range)
    {
        for (var page = range.Offset / PageSize; page * PageSize < range.End; page++)
            if (isWritten[page])
                return true;
        return false;
    }

    public static byte[] RandomBytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ReadCalls++;
        Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        lock (isWritten)
            Write(offset, source.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken) =>
        WriteAsync(range.Offset, new byte[range.Length], cancellationToken);

    public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        Flushes++;
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        for (var start = range.Offset; start < range.End;)
        {
            var state = isWritten[start / PageSize];
            var end = start;
            while (end < range.End && isWritten[end / PageSize] == state)
                end = Math.Min(range.End, ((end / PageSize) + 1) * PageSize);
            yield return new Extent(ByteRange.FromTo(start, end), state ? ExtentState.Data : ExtentState.Hole | ExtentState.Zero);
            start = end;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
