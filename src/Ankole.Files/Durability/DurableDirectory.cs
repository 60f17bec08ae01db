namespace Ankole.Files;

/// <summary>A directory's own entries made durable: a created, renamed or removed name survives a power loss after <see cref="Flush"/>.</summary>
public static class DurableDirectory
{
    /// <summary>0700.</summary>
    private const int OwnerOnly = 0x1c0;

    /// <summary>fsync(2) of the directory itself.</summary>
    public static void Flush(string directory)
    {
        var fd = Linux.Open(directory, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC, 0);
        if (fd < 0)
            throw FileOperationException.FromLastError("open directory", directory);
        try
        {
            if (Linux.Fsync(fd) != 0)
                throw FileOperationException.FromLastError("flush directory", directory);
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    /// <summary>
    /// syncfs(2): every name and byte of the file system that holds the directory. One call instead of one per directory, worth it from some
    /// dozens on; what others have just written there is flushed too.
    /// </summary>
    public static void FlushFileSystem(string directory)
    {
        var fd = Linux.Open(directory, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC, 0);
        if (fd < 0)
            throw FileOperationException.FromLastError("open directory", directory);
        try
        {
            if (Linux.Syncfs(fd) != 0)
                throw FileOperationException.FromLastError("flush the file system of", directory);
        }
        finally
        {
            _ = Linux.Close(fd);
        }
    }

    /// <summary>Makes the one directory, mode 0700; its parent exists. One that is there already is left as it is.</summary>
    /// <remarks>mkdir(2) itself: .NET says nothing when a full or read-only file system refuses.</remarks>
    public static void Make(string directory)
    {
        if (Linux.Mkdir(directory, OwnerOnly) == 0)
            return;
        var error = FileOperationException.FromLastError("make directory", directory);
        if (error.Errno != Linux.EEXIST || !Directory.Exists(directory))
            throw error;
    }

    /// <summary>Makes the directory and every missing parent, each made durable in its own parent. Mode 0700, as Longhorn makes them.</summary>
    public static void Create(string directory)
    {
        if (Directory.Exists(directory))
            return;
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(directory));
        if (parent is not null)
            Create(parent);
        Make(directory);
        if (parent is not null)
            Flush(parent);
    }
}
