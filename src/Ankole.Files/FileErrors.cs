using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Files;

/// <summary>A file operation that the operating system refused.</summary>
/// <param name="errno">The Linux error number (errno(3)).</param>
public sealed class FileOperationException(string operation, string path, int errno)
    : AnkoleException(KindOf(errno), $"cannot {operation} '{path}': {Linux.ErrorText(errno)}{Hint(errno)}")
{
    public int Errno { get; } = errno;

    public override bool IsOutOfSpace => Errno == Linux.ENOSPC;

    public bool IsNotSupported => Errno is Linux.EOPNOTSUPP or Linux.EINVAL or Linux.ENOTTY;

    /// <summary>Throws for the calling thread's last error number.</summary>
    internal static FileOperationException FromLastError(string operation, string path) => new(operation, path, Marshal.GetLastPInvokeError());

    private static ErrorKind KindOf(int errno) => errno switch
    {
        Linux.ENOENT => ErrorKind.NotFound,
        Linux.EEXIST => ErrorKind.Refused,
        Linux.EACCES or Linux.EROFS or Linux.ENOSPC or Linux.EIO => ErrorKind.Unavailable,
        _ => ErrorKind.Failed,
    };

    private static string Hint(int errno) => errno switch
    {
        Linux.ENOSPC => ". Free space on that file system and run it again.",
        Linux.EROFS => ". Mount it writable.",
        Linux.EACCES => ". Check its owner and mode.",
        _ => "",
    };
}
