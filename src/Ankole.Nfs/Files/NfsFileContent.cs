using System.Buffers;

namespace Ankole.Nfs;

/// <summary>A whole file in a rented array. Whoever holds this disposes it once, after the last reader of <see cref="Memory"/>.</summary>
public sealed class NfsFileContent : IDisposable
{
    private byte[]? rented;

    internal NfsFileContent(int length)
    {
        rented = ArrayPool<byte>.Shared.Rent(length);
        Length = length;
    }

    public int Length { get; }

    public Memory<byte> Memory => (rented ?? throw new ObjectDisposedException(nameof(NfsFileContent))).AsMemory(0, Length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref rented, null) is { } array)
            ArrayPool<byte>.Shared.Return(array);
    }
}
