using System.Runtime.InteropServices;
using Ankole.Core;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>What a sparse file stores where, and ways to store less. All offsets and lengths are bytes.</summary>
public static unsafe class SparseFile
{
    /// <summary>Extents fetched per FIEMAP call: 56 bytes each, so one call fills 28 KiB of stack-free buffer.</summary>
    private const int ExtentsPerCall = 512;

    private const uint FIEMAP_FLAG_SYNC = 1, FIEMAP_EXTENT_LAST = 1;

    /// <summary>
    /// The stored runs inside <paramref name="range"/>, ascending, touching ones merged. By FIEMAP, where allocated but unwritten counts as
    /// stored, as Longhorn counts it; by SEEK_DATA on file systems without FIEMAP, where such runs count as holes.
    /// </summary>
    public static IReadOnlyList<ByteRange> GetStoredRanges(SafeFileHandle file, string path, ByteRange range)
    {
        var found = new List<ByteRange>();
        VisitStoredRanges(file, path, range, found.Add);
        return found;
    }

    /// <summary>As <see cref="GetStoredRanges"/>, without ever holding them all: a fragmented file has millions.</summary>
    public static void VisitStoredRanges(SafeFileHandle file, string path, ByteRange range, Action<ByteRange> visit)
    {
        if (range.IsEmpty)
            return;
        var runs = new RunMerger(visit);
        if (!TryFiemap(file, path, range, runs))
            SeekData(file, path, range, runs);
        runs.Finish();
    }

    /// <summary>True when the file system answers FIEMAP for this file.</summary>
    public static bool SupportsFiemap(SafeFileHandle file)
    {
        var request = new FiemapHeader { Length = 1 };
        return Linux.Ioctl(file, Linux.FS_IOC_FIEMAP, &request) == 0;
    }

    /// <summary>Frees the range; it reads as zeros afterwards. The file's length does not change.</summary>
    /// <exception cref="FileOperationException"><see cref="FileOperationException.IsNotSupported"/> where the file system cannot.</exception>
    public static void PunchHole(SafeFileHandle file, string path, ByteRange range) =>
        Fallocate(file, path, Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE, range, "punch a hole in");

    /// <summary>Makes the range zeros that are allocated (an unwritten extent).</summary>
    public static void ZeroRange(SafeFileHandle file, string path, ByteRange range) =>
        Fallocate(file, path, Linux.FALLOC_FL_ZERO_RANGE | Linux.FALLOC_FL_KEEP_SIZE, range, "zero a range of");

    /// <summary>fdatasync(2): the file's bytes, and the metadata that is needed to find them, survive a power loss.</summary>
    public static void FlushData(SafeFileHandle file, string path)
    {
        if (Linux.Fdatasync(file) != 0)
            throw FileOperationException.FromLastError("flush", path);
    }

    private static void Fallocate(SafeFileHandle file, string path, int mode, ByteRange range, string operation)
    {
        if (!range.IsEmpty && Linux.Fallocate(file, mode, range.Offset, range.Length) != 0)
            throw FileOperationException.FromLastError(operation, path);
    }

    private static bool TryFiemap(SafeFileHandle file, string path, ByteRange range, RunMerger found)
    {
        var buffer = NativeMemory.Alloc((nuint)(sizeof(FiemapHeader) + (ExtentsPerCall * sizeof(FiemapExtent))));
        try
        {
            var header = (FiemapHeader*)buffer;
            var extents = (FiemapExtent*)(header + 1);
            for (var offset = range.Offset; offset < range.End;)
            {
                *header = new FiemapHeader
                {
                    Start = (ulong)offset, Length = (ulong)(range.End - offset), Flags = FIEMAP_FLAG_SYNC, ExtentCount = ExtentsPerCall,
                };
                if (Linux.Ioctl(file, Linux.FS_IOC_FIEMAP, buffer) != 0)
                {
                    var error = FileOperationException.FromLastError("read the extents of", path);
                    return error.IsNotSupported ? false : throw error;
                }
                if (header->MappedExtents == 0)
                    break;
                for (var i = 0; i < header->MappedExtents; i++)
                {
                    var extent = new ByteRange((long)extents[i].Logical, (long)extents[i].Length);
                    found.Add(extent.Intersect(range));
                    offset = extent.End;
                    if ((extents[i].Flags & FIEMAP_EXTENT_LAST) != 0)
                        return true;
                }
            }
            return true;
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static void SeekData(SafeFileHandle file, string path, ByteRange range, RunMerger found)
    {
        for (var offset = range.Offset; offset < range.End;)
        {
            var data = Linux.Lseek(file, offset, Linux.SEEK_DATA);
            if (data < 0)
            {
                var error = FileOperationException.FromLastError("find data in", path);
                if (error.Errno == Linux.ENXIO)
                    return;
                if (!error.IsNotSupported)
                    throw error;
                found.Add(ByteRange.FromTo(offset, range.End));
                return;
            }
            var hole = Linux.Lseek(file, data, Linux.SEEK_HOLE);
            if (hole < 0)
                throw FileOperationException.FromLastError("find holes in", path);
            found.Add(ByteRange.FromTo(data, hole).Intersect(range));
            offset = hole;
        }
    }

    /// <summary>Passes runs on once it is certain that the next one does not touch them.</summary>
    private sealed class RunMerger(Action<ByteRange> visit)
    {
        private ByteRange pending;

        public void Add(ByteRange range)
        {
            if (range.IsEmpty)
                return;
            if (!pending.IsEmpty && pending.End == range.Offset)
            {
                pending = ByteRange.FromTo(pending.Offset, range.End);
                return;
            }
            Finish();
            pending = range;
        }

        public void Finish()
        {
            if (!pending.IsEmpty)
                visit(pending);
            pending = default;
        }
    }

    /// <summary>struct fiemap, linux/fiemap.h.</summary>
    private struct FiemapHeader
    {
        public ulong Start, Length;
        public uint Flags, MappedExtents, ExtentCount, Reserved;
    }

#pragma warning disable CS0649 // The kernel fills these.
    /// <summary>struct fiemap_extent, linux/fiemap.h.</summary>
    private struct FiemapExtent
    {
        public ulong Logical, Physical, Length, Reserved0, Reserved1;
        public uint Flags, Reserved2, Reserved3, Reserved4;
    }
#pragma warning restore CS0649
}
