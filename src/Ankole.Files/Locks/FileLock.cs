using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>
/// flock(2): an advisory lock on an open file, kept until the handle closes or the process ends, however it ends. Two handles of one process
/// exclude each other as two processes do.
/// </summary>
/// <remarks>Open the file with <see cref="FileNames"/>, not with <see cref="File"/>, whose sharing modes take such locks themselves.</remarks>
public static class FileLock
{
    /// <returns>False when another handle holds the exclusive lock.</returns>
    public static bool TryShared(SafeFileHandle file, string path) => Try(file, path, Linux.LOCK_SH);

    /// <returns>False when another handle holds any lock.</returns>
    public static bool TryExclusive(SafeFileHandle file, string path) => Try(file, path, Linux.LOCK_EX);

    public static void Release(SafeFileHandle file, string path)
    {
        if (Linux.Flock(file, Linux.LOCK_UN) != 0)
            throw FileOperationException.FromLastError("unlock", path);
    }

    private static bool Try(SafeFileHandle file, string path, int operation)
    {
        if (Linux.Flock(file, operation | Linux.LOCK_NB) == 0)
            return true;
        var error = FileOperationException.FromLastError("lock", path);
        return error.Errno == Linux.EAGAIN ? false : throw error;
    }
}
