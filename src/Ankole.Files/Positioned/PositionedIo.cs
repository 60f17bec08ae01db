using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Files;

/// <summary>
/// pread(2) and pwrite(2) on the calling thread, for callers that answer from the page cache and would lose more time handing the call to
/// another thread than the call takes. The handle must stay open for the length of the call: the caller sees to that.
/// </summary>
public static unsafe class PositionedIo
{
    /// <summary>
    /// Reads what the page cache holds, without waiting for the disk (RWF_NOWAIT).
    /// </summary>
    /// <returns>Bytes read, perhaps fewer than asked for; 0 at the end of the file; -1 when a disk read would be needed first.</returns>
    public static int TryReadCached(SafeFileHandle file, string path, long offset, Span<byte> destination)
    {
        fixed (byte* buffer = destination)
        {
            var vector = new Linux.IoVector { Base = buffer, Length = (nuint)destination.Length };
            var read = Linux.Preadv2(file.DangerousGetHandle(), &vector, 1, offset, Linux.RWF_NOWAIT);
            if (read >= 0)
                return (int)read;
            var error = FileOperationException.FromLastError("read", path);
            return error.Errno is Linux.EAGAIN or Linux.EINTR or Linux.ENOSYS or Linux.EOPNOTSUPP ? -1 : throw error;
        }
    }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    /// <returns>Bytes read.</returns>
    public static int Read(SafeFileHandle file, string path, long offset, Span<byte> destination)
    {
        var done = 0;
        fixed (byte* buffer = destination)
        {
            while (done < destination.Length)
            {
                var read = Linux.Pread(file.DangerousGetHandle(), buffer + done, (nuint)(destination.Length - done), offset + done);
                if (read == 0)
                    break;
                if (read > 0)
                    done += (int)read;
                else if (Marshal.GetLastPInvokeError() != Linux.EINTR)
                    throw FileOperationException.FromLastError("read", path);
            }
        }
        return done;
    }

    /// <summary>Writes all of it into the page cache.</summary>
    public static void Write(SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* buffer = source)
        {
            for (var done = 0; done < source.Length;)
            {
                var written = Linux.Pwrite(file.DangerousGetHandle(), buffer + done, (nuint)(source.Length - done), offset + done);
                if (written >= 0)
                    done += (int)written;
                else if (Marshal.GetLastPInvokeError() != Linux.EINTR)
                    throw FileOperationException.FromLastError("write", path);
            }
        }
    }
}
