using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>Where memory is spilled to: <c>/var/tmp</c>, which is a disk where <c>/tmp</c> often is memory itself, unless a program chooses another folder.</summary>
public static class SpillFolder
{
    private const int OwnerOnly = 0x180;

    private static volatile string chosen = "/var/tmp";

    /// <summary>From now on, for the whole process. Null or empty changes nothing.</summary>
    public static void Choose(string? folder)
    {
        if (!string.IsNullOrEmpty(folder))
            chosen = folder;
    }

    /// <summary>A file without a name (O_TMPFILE), where the file system has such; otherwise one that loses its name at once.</summary>
    internal static SafeFileHandle? TryOpenNameless(string? folder = null)
    {
        folder ??= chosen;
        var fd = Linux.Open(folder, Linux.O_RDWR | Linux.O_TMPFILE | Linux.O_CLOEXEC, OwnerOnly);
        if (fd >= 0)
            return new SafeFileHandle(fd, ownsHandle: true);
        var name = Path.Combine(folder, $".ankole-{Guid.NewGuid():N}");
        fd = Linux.Open(name, Linux.O_RDWR | Linux.O_CREAT | Linux.O_EXCL | Linux.O_CLOEXEC, OwnerOnly);
        if (fd < 0)
            return null;
        _ = Linux.Unlink(name);
        return new SafeFileHandle(fd, ownsHandle: true);
    }
}
