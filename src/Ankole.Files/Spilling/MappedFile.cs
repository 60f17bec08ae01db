using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>A file's bytes as memory, shared with the kernel's cache of the file (mmap(2)).</summary>
internal sealed class MappedFile : SafeHandleMinusOneIsInvalid
{
    private MappedFile(nint start, int length)
        : base(ownsHandle: true)
    {
        Length = length;
        SetHandle(start);
        GC.AddMemoryPressure(length);
    }

    public int Length { get; }

    /// <returns>Null where the file cannot have so many bytes.</returns>
    public static MappedFile? TryMap(SafeFileHandle file, int length)
    {
        // All of it is allocated now: a page that finds the disk full later would kill the process.
        if (Linux.Fallocate(file, 0, 0, length) != 0)
            return null;
        var start = Linux.Mmap(0, (nuint)length, Linux.PROT_READ | Linux.PROT_WRITE, Linux.MAP_SHARED, file, 0);
        return start == Linux.MAP_FAILED ? null : new MappedFile(start, length);
    }

    /// <summary>Gives the pages back to the kernel; the bytes stay.</summary>
    public void Trim()
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            _ = Linux.Madvise(handle, (nuint)Length, Linux.MADV_DONTNEED);
        }
        catch (ObjectDisposedException)
        {
            // Unmapped between the look at it and now.
        }
        finally
        {
            if (isHeld)
                DangerousRelease();
        }
    }

    protected override bool ReleaseHandle()
    {
        GC.RemoveMemoryPressure(Length);
        return Linux.Munmap(handle, (nuint)Length) == 0;
    }
}
