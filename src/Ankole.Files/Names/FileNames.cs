using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>
/// The names in a directory, one system call each. None of them is durable before <see cref="DurableDirectory.Flush"/>.
/// </summary>
public static class FileNames
{
    private const int OwnerWritesOthersRead = 0x1A4;

    /// <summary>Opens an existing file without taking a lock on it.</summary>
    public static SafeFileHandle Open(string path, bool writable) =>
        Open(path, (writable ? Linux.O_RDWR : Linux.O_RDONLY) | Linux.O_CLOEXEC, "open");

    /// <summary>Creates an empty file, mode 0644, that must not exist.</summary>
    public static SafeFileHandle Create(string path) =>
        Open(path, Linux.O_RDWR | Linux.O_CREAT | Linux.O_EXCL | Linux.O_CLOEXEC, "create");

    /// <summary>Opens the file, or creates it empty with mode 0644.</summary>
    public static SafeFileHandle OpenOrCreate(string path) => Open(path, Linux.O_RDWR | Linux.O_CREAT | Linux.O_CLOEXEC, "open");

    /// <summary>A handle of the directory itself, for names under <c>/proc/self/fd</c> that stay short however deep it lies.</summary>
    public static SafeFileHandle OpenDirectory(string path) =>
        Open(path, Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC, "open directory");

    /// <summary>Gives a file a second name, which must be free.</summary>
    public static void Link(string existing, string created)
    {
        if (Linux.Link(existing, created) != 0)
            throw FileOperationException.FromLastError("create", created);
    }

    /// <summary>Moves a name over another, which may exist.</summary>
    public static void Rename(string source, string destination)
    {
        if (Linux.Rename(source, destination) != 0)
            throw FileOperationException.FromLastError("rename onto", destination);
    }

    /// <summary>Makes each of two names mean the other's file, in one step (renameat2, RENAME_EXCHANGE).</summary>
    /// <returns>False where the file system cannot; nothing happened.</returns>
    public static bool TryExchange(string first, string second)
    {
        if (Linux.Renameat2(Linux.AT_FDCWD, first, Linux.AT_FDCWD, second, Linux.RENAME_EXCHANGE) == 0)
            return true;
        var error = FileOperationException.FromLastError("exchange names with", second);
        return error.IsNotSupported || error.Errno == Linux.ENOSYS ? false : throw error;
    }

    /// <returns>False when there was no such name.</returns>
    public static bool Remove(string path)
    {
        if (Linux.Unlink(path) == 0)
            return true;
        var error = FileOperationException.FromLastError("remove", path);
        return error.Errno == Linux.ENOENT ? false : throw error;
    }

    private static SafeFileHandle Open(string path, int flags, string operation)
    {
        var fd = Linux.Open(path, flags, OwnerWritesOthersRead);
        return fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw FileOperationException.FromLastError(operation, path);
    }
}
