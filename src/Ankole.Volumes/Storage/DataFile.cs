using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>
/// The data file of one disk: volume byte <c>x</c>, if this disk has it, is byte <c>x</c> of the file. Only whole blocks of
/// <see cref="BlockMap.BlockSize"/> are ever written where nothing was stored before.
/// </summary>
/// <remarks>Everything may be called from several threads. Tests derive from it to lose power between any two calls.</remarks>
internal abstract class DataFile : IDisposable
{
    public abstract string Path { get; }

    public abstract FileFacts Facts { get; }

    /// <summary>Bytes; what lies beyond reads as zeros.</summary>
    public abstract long Length { get; }

    /// <returns>Bytes read without waiting for a disk; 0 at the end; -1 when waiting would be needed.</returns>
    public abstract int TryReadCached(long offset, Span<byte> destination);

    /// <summary>Fills the buffer; zeros beyond the end.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>As <see cref="Read"/>, waiting for the disk on another thread.</summary>
    public abstract ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    public abstract void Write(long offset, ReadOnlySpan<byte> source);

    public abstract void Punch(ByteRange range);

    /// <summary>fdatasync(2).</summary>
    public abstract void Flush();

    public abstract void SetLength(long length);

    /// <summary>Asks the file system again how long the file is: another handle may have made it longer.</summary>
    public abstract void RefreshLength();

    public abstract void VisitStoredRanges(ByteRange range, Action<ByteRange> visit);

    /// <summary>Says that the bytes are being read and must not change. Until the file is closed.</summary>
    public abstract bool TryLockShared();

    /// <summary>Says that the bytes may change though they belong to a snapshot. Until released or closed.</summary>
    public abstract bool TryLockExclusive();

    public abstract void Unlock();

    public abstract void Dispose();
}
