using Ankole.Core;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Volumes;

/// <summary>A data file on a real file system, through the page cache.</summary>
internal sealed class StoredDataFile : DataFile
{
    /// <summary>
    /// The most that one write hands to the kernel. The page cache keeps what came in one piece as one large folio, and ext4 walks all blocks of a folio
    /// for every later small write into it: 20 µs in a folio of 2 MiB, less than 2 µs in one of 64 KiB.
    /// </summary>
    private const int PieceBytes = 64 << 10;

    private readonly SafeFileHandle handle;
    private long length;
    private bool isLocked;

    public StoredDataFile(SafeFileHandle handle, string path)
    {
        this.handle = handle;
        Path = path;
        length = Facts.Length;
    }

    public override string Path { get; }

    public override FileFacts Facts => FileFacts.Of(handle, Path);

    public override long Length => Volatile.Read(ref length);

    public override int TryReadCached(long offset, Span<byte> destination)
    {
        var inside = Inside(offset, destination.Length);
        if (inside < destination.Length)
            destination[inside..].Clear();
        if (inside == 0)
            return destination.Length;
        var read = PositionedIo.TryReadCached(handle, Path, offset, destination[..inside]);
        return read == inside ? destination.Length : read == 0 ? throw Truncated(offset) : read;
    }

    public override void Read(long offset, Span<byte> destination)
    {
        var inside = Inside(offset, destination.Length);
        destination[inside..].Clear();
        var read = PositionedIo.Read(handle, Path, offset, destination[..inside]);
        if (read < inside)
            throw Truncated(offset + read);
    }

    public override async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var inside = Inside(offset, destination.Length);
        destination.Span[inside..].Clear();
        try
        {
            for (var done = 0; done < inside;)
            {
                var read = await RandomAccess.ReadAsync(handle, destination[done..inside], offset + done, cancellationToken);
                done += read > 0 ? read : throw Truncated(offset + done);
            }
        }
        catch (IOException e)
        {
            throw new AnkoleException(ErrorKind.Unavailable, $"cannot read {inside} bytes at {offset} of '{Path}': {e.Message}", e);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            var piece = (int)Math.Min(PieceBytes - (offset % PieceBytes), source.Length);
            PositionedIo.Write(handle, Path, offset, source[..piece]);
            offset += piece;
            source = source[piece..];
        }
    }

    public override void Punch(ByteRange range) => SparseFile.PunchHole(handle, Path, range);

    public override void Flush() => SparseFile.FlushData(handle, Path);

    public override void SetLength(long length)
    {
        RandomAccess.SetLength(handle, length);
        Volatile.Write(ref this.length, length);
    }

    public override void RefreshLength() => Volatile.Write(ref length, Facts.Length);

    public override void VisitStoredRanges(ByteRange range, Action<ByteRange> visit) =>
        SparseFile.VisitStoredRanges(handle, Path, range, visit);

    public override bool TryLockShared() => isLocked = FileLock.TryShared(handle, Path);

    public override bool TryLockExclusive() => isLocked = FileLock.TryExclusive(handle, Path);

    public override void Unlock()
    {
        FileLock.Release(handle, Path);
        isLocked = false;
    }

    /// <summary>Unlocks by name, for the reason that <see cref="DirectoryLock"/> gives.</summary>
    public override void Dispose()
    {
        if (isLocked && !handle.IsClosed)
            Unlock();
        handle.Dispose();
    }

    private int Inside(long offset, int count) => (int)Math.Clamp(Length - offset, 0, count);

    private AnkoleException Truncated(long offset) =>
        new(ErrorKind.Damaged, $"'{Path}' ended at byte {offset}; it had {Length} bytes when it was opened.");
}
