using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>
/// Reading and writing past the page cache (O_DIRECT), for large bytes that are written once: the disk takes them from the caller's buffer, so
/// that they are not copied, do not push other files out of memory, and leave nothing for the later flush to write.
/// </summary>
/// <remarks>Measured on 2 cores, 2 GiB in files of 2 MiB, flushed: 0.7 s of system time instead of 5 s.</remarks>
public static unsafe class DirectIo
{
    /// <summary>Address, offset and length of a direct transfer are multiples of this: what every disk's logical block divides.</summary>
    public const int Alignment = 4096;

    private const int HugePage = 2 << 20;

    /// <summary>Turns the page cache off or on for an open file. False where the file system has no such thing (it then stays as it was).</summary>
    public static bool TrySwitch(SafeFileHandle file, bool direct)
    {
        var flags = Linux.Fcntl(file, Linux.F_GETFL, 0);
        return flags >= 0 && Linux.Fcntl(file, Linux.F_SETFL, direct ? flags | Linux.O_DIRECT : flags & ~Linux.O_DIRECT) == 0;
    }

    /// <summary>Memory that never moves and begins at a multiple of <see cref="Alignment"/>.</summary>
    public static Memory<byte> Allocate(int length) => Allocate(length, Alignment);

    /// <summary>Several such pieces of memory side by side, in huge pages where the host gives them.</summary>
    /// <remarks>
    /// A disk is told of every page that does not lie beside the one before: 512 small ones for 2 MiB, one huge one. Measured on a virtual disk with flushed
    /// files of 2 MiB, eight side by side: 290 MB/s out of small pages, 450 MB/s out of huge ones.
    /// </remarks>
    public static Memory<byte>[] AllocateInHugePages(int length, int count)
    {
        var distance = (length + Alignment - 1) / Alignment * Alignment;
        var whole = Allocate(checked(distance * count), HugePage);
        fixed (byte* start = whole.Span)
            _ = Linux.Madvise((nint)start, (nuint)(whole.Length / HugePage * HugePage), Linux.MADV_HUGEPAGE);
        return [.. Enumerable.Range(0, count).Select(i => whole.Slice(i * distance, length))];
    }

    private static Memory<byte> Allocate(int length, int alignment)
    {
        var array = GC.AllocateUninitializedArray<byte>(checked(length + alignment), pinned: true);
        fixed (byte* start = array)
            return array.AsMemory((int)((alignment - ((nint)start % alignment)) % alignment), length);
    }

    /// <summary>The bytes begin where a direct transfer may begin. Meaningful only for memory that does not move.</summary>
    public static bool IsAligned(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return (nint)start % Alignment == 0;
    }
}
