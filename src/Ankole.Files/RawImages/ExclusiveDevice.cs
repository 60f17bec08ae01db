using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Files;

/// <summary>
/// A block device that nobody else can mount, swap on or build upon until this is disposed. Opened for reading: closing it then wakes no udev rules.
/// </summary>
public sealed class ExclusiveDevice : IDisposable
{
    private readonly string path;
    private int fd;

    private ExclusiveDevice(string path, int fd)
    {
        this.path = path;
        this.fd = fd;
    }

    /// <returns>Null when the device is mounted, is swap, or another device is built upon it. Somebody who merely has it open is not noticed.</returns>
    /// <exception cref="FileOperationException">It cannot be opened.</exception>
    public static ExclusiveDevice? TryOpen(string path)
    {
        var fd = Linux.Open(path, Linux.O_RDONLY | Linux.O_EXCL | Linux.O_CLOEXEC, 0);
        if (fd >= 0)
            return new ExclusiveDevice(path, fd);
        return Marshal.GetLastPInvokeError() == Linux.EBUSY ? null : throw FileOperationException.FromLastError("open", path);
    }

    /// <summary>Writes what the kernel still keeps in memory for this device.</summary>
    /// <exception cref="FileOperationException">It could not be written.</exception>
    public void Flush()
    {
        if (Linux.Fsync(fd) != 0)
            throw FileOperationException.FromLastError("flush", path);
    }

    public void Dispose()
    {
        var open = Interlocked.Exchange(ref fd, -1);
        if (open >= 0)
            _ = Linux.Close(open);
    }
}
