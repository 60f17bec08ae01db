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

    /// <summary>Turns the page cache off or on for an open file. False where the file system has no such thing (it then stays as it was).</summary>
    public static bool TrySwitch(SafeFileHandle file, bool direct)
    {
        var flags = Linux.Fcntl(file, Linux.F_GETFL, 0);
        return flags >= 0 && Linux.Fcntl(file, Linux.F_SETFL, direct ? flags | Linux.O_DIRECT : flags & ~Linux.O_DIRECT) == 0;
    }

    /// <summary>Memory that never moves and begins at a multiple of <see cref="Alignment"/>.</summary>
    public static Memory<byte> Allocate(int length)
    {
        var array = GC.AllocateUninitializedArray<byte>(checked(length + Alignment), pinned: true);
        fixed (byte* start = array)
            return array.AsMemory((int)((Alignment - ((nint)start % Alignment)) % Alignment), length);
    }

    /// <summary>The bytes begin where a direct transfer may begin. Meaningful only for memory that does not move.</summary>
    public static bool IsAligned(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return (nint)start % Alignment == 0;
    }
}
