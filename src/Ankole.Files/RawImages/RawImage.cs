using System.Runtime.CompilerServices;
using Ankole.Core;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>A raw image: a file or a block device whose byte <c>x</c> is the volume's byte <c>x</c>.</summary>
public sealed class RawImage : IBlockDevice
{
    /// <summary>Smaller writes are as well off in the page cache.</summary>
    private const int SmallestDirectWrite = 64 << 10;

    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly Lazy<SafeFileHandle?> direct;
    private volatile bool isDirectRefused;

    private RawImage(SafeFileHandle file, string path, long sizeBytes, bool isBlockDevice)
    {
        this.file = file;
        this.path = path;
        SizeBytes = sizeBytes;
        IsBlockDevice = isBlockDevice;
        direct = new Lazy<SafeFileHandle?>(OpenDirect);
    }

    public long SizeBytes { get; }

    public int PreferredBlockSize => 4096;

    public bool IsBlockDevice { get; }

    /// <exception cref="AnkoleException">The file is missing, is a directory, or may not be read.</exception>
    public static RawImage OpenRead(string path) => Open(path, FileMode.Open, FileAccess.Read);

    /// <summary>Opens an existing file or block device for writing.</summary>
    public static RawImage OpenWrite(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite);

    /// <summary>Creates a sparse file of <paramref name="sizeBytes"/>; all of it reads as zeros.</summary>
    /// <exception cref="AnkoleException"><see cref="ErrorKind.Refused"/>: the name exists.</exception>
    public static RawImage Create(string path, long sizeBytes)
    {
        var image = Open(path, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(image.file, sizeBytes);
        return new RawImage(image.file, path, sizeBytes, isBlockDevice: false);
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        CheckRange(offset, destination.Length);
        while (!destination.IsEmpty)
        {
            var read = await RandomAccess.ReadAsync(file, destination, offset, cancellationToken);
            if (read == 0)
                throw new AnkoleException(ErrorKind.Damaged, $"'{path}' ended at byte {offset}; it had {SizeBytes} bytes when it was opened.");
            destination = destination[read..];
            offset += read;
        }
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        CheckRange(offset, source.Length);
        try
        {
            if (!await TryWriteDirectAsync(offset, source, cancellationToken))
                await RandomAccess.WriteAsync(file, source, offset, cancellationToken);
        }
        catch (IOException e)
        {
            throw new AnkoleException(ErrorKind.Unavailable, $"cannot write {source.Length} bytes at {offset} of '{path}': {e.Message}", e);
        }
    }

    public async ValueTask WriteZeroesAsync(ByteRange range, bool mayPunch, CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        try
        {
            // On a block device a punched hole fails where zeroing does not: the kernel writes zeros itself.
            if (mayPunch && !IsBlockDevice)
                SparseFile.PunchHole(file, path, range);
            else
                SparseFile.ZeroRange(file, path, range);
        }
        catch (FileOperationException e) when (e.IsNotSupported)
        {
            await WriteZeroBytesAsync(range, cancellationToken);
        }
    }

    public ValueTask DiscardAsync(ByteRange range, CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        try
        {
            SparseFile.PunchHole(file, path, range);
        }
        catch (FileOperationException e) when (e.IsNotSupported)
        {
            // A discard is a hint: where nothing can be freed, the bytes stay.
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        SparseFile.FlushData(file, path);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckRange(range.Offset, range.Length);
        await ValueTask.CompletedTask;
        if (IsBlockDevice)
        {
            yield return new Extent(range, ExtentState.Data);
            yield break;
        }
        var offset = range.Offset;
        foreach (var stored in SparseFile.GetStoredRanges(file, path, range))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (stored.Offset > offset)
                yield return new Extent(ByteRange.FromTo(offset, stored.Offset), ExtentState.Hole | ExtentState.Zero);
            yield return new Extent(stored, ExtentState.Data);
            offset = stored.End;
        }
        if (offset < range.End)
            yield return new Extent(ByteRange.FromTo(offset, range.End), ExtentState.Hole | ExtentState.Zero);
    }

    public ValueTask DisposeAsync()
    {
        if (direct.IsValueCreated)
            direct.Value?.Dispose();
        file.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Large aligned writes (a restore's blocks) go past the page cache. False: nothing was written, and the page cache has to take it.
    /// </summary>
    private async ValueTask<bool> TryWriteDirectAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (isDirectRefused || source.Length < SmallestDirectWrite || (offset | (long)source.Length) % DirectIo.Alignment != 0
            || !DirectIo.IsAligned(source.Span) || direct.Value is not { } handle)
            return false;
        try
        {
            await RandomAccess.WriteAsync(handle, source, offset, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is ArgumentException || (e is IOException && e.HResult == Linux.EINVAL))
        {
            // The file system wants another alignment, or has no direct writes: the page cache has no such wishes.
            isDirectRefused = true;
            return false;
        }
    }

    private SafeFileHandle? OpenDirect()
    {
        try
        {
            // By the open file and not by its name, which may mean another file by now.
            var handle = File.OpenHandle($"/proc/self/fd/{file.DangerousGetHandle()}", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            if (DirectIo.TrySwitch(handle, direct: true))
                return handle;
            handle.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Only a faster way: the file that is open already does the same.
        }
        return null;
    }

    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > SizeBytes - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} leave '{path}' of {SizeBytes} bytes");
    }

    private async ValueTask WriteZeroBytesAsync(ByteRange range, CancellationToken cancellationToken)
    {
        var zeros = new byte[Math.Min(range.Length, 1 << 20)];
        for (var offset = range.Offset; offset < range.End; offset += zeros.Length)
            await WriteAsync(offset, zeros.AsMemory(0, (int)Math.Min(zeros.Length, range.End - offset)), cancellationToken);
    }

    private static RawImage Open(string path, FileMode mode, FileAccess access)
    {
        if (Directory.Exists(path))
            throw new InvalidInputException($"'{path}' is a directory. Name a file or a block device, or write replica:{path} for a replica directory.");
        try
        {
            var file = File.OpenHandle(path, mode, access, FileShare.ReadWrite);
            var isBlockDevice = TryGetDeviceSize(file, out var size);
            return new RawImage(file, path, isBlockDevice ? size : RandomAccess.GetLength(file), isBlockDevice);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new AnkoleException(ErrorKind.NotFound, $"'{path}' does not exist.", e);
        }
        catch (IOException e) when (mode == FileMode.CreateNew && File.Exists(path))
        {
            throw new AnkoleException(ErrorKind.Refused, $"'{path}' exists already. Choose another name, or remove it first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AnkoleException(ErrorKind.Unavailable, $"cannot open '{path}': {e.Message}", e);
        }
    }

    private static unsafe bool TryGetDeviceSize(SafeFileHandle file, out long size)
    {
        ulong bytes = 0;
        var answered = Linux.Ioctl(file, Linux.BLKGETSIZE64, &bytes) == 0;
        size = (long)bytes;
        return answered;
    }
}
