using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Files;

/// <summary>
/// Whole-file writes that survive a power loss, as named steps: write a temporary file, flush it, rename it over the name, flush the directory.
/// Readers see the old bytes or the new ones, never a mixture.
/// </summary>
public static class DurableFile
{
    /// <summary>What a temporary file's name ends with after its own random part, so that a clean-up can tell it: <c>NAME.tmp.1234…</c>.</summary>
    public const string TemporaryMark = ".tmp.";

    /// <summary>Replaces or creates <paramref name="path"/>. The directory must exist.</summary>
    public static async ValueTask ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = await WriteTemporaryAsync(path, content, cancellationToken);
        try
        {
            if (Linux.Rename(temporary, path) != 0)
                throw FileOperationException.FromLastError("rename onto", path);
        }
        catch
        {
            Abandon(temporary);
            throw;
        }
        DurableDirectory.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Creates <paramref name="path"/> with its whole content at once.</summary>
    /// <returns>False when the name existed already; it is left untouched.</returns>
    public static async ValueTask<bool> CreateNewAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = await WriteTemporaryAsync(path, content, cancellationToken);
        try
        {
            // link(2) fails when the name exists, whoever made it: exactly one of several racers wins, with its whole content.
            // File systems without hard links (vfat, some shares) have a rename that does not replace; it promises the same.
            if (Linux.Link(temporary, path) == 0
                || (Marshal.GetLastPInvokeError() is Linux.EPERM or Linux.EOPNOTSUPP
                    && Linux.Renameat2(Linux.AT_FDCWD, temporary, Linux.AT_FDCWD, path, Linux.RENAME_NOREPLACE) == 0))
            {
                DurableDirectory.Flush(Path.GetDirectoryName(path)!);
                return true;
            }
            var error = FileOperationException.FromLastError("create", path);
            return error.Errno == Linux.EEXIST ? false : throw error;
        }
        finally
        {
            Abandon(temporary);
        }
    }

    /// <summary>Gives a file or directory its final name on the same file system, durably; replaces a file of that name.</summary>
    public static void Rename(string from, string to)
    {
        if (Linux.Rename(from, to) != 0)
            throw FileOperationException.FromLastError($"rename '{from}' to", to);
        DurableDirectory.Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>
    /// Takes an unfinished file away, where that can be done. Where it cannot, because the disk has become read-only or has gone, the reason is the one that is
    /// on its way to the caller already, and a later clean-up knows the file by its name.
    /// </summary>
    public static void Abandon(string temporary) => _ = Linux.Unlink(temporary);

    private static async ValueTask<string> WriteTemporaryAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = $"{path}{TemporaryMark}{DateTime.UtcNow.Ticks}{Random.Shared.Next(1000):000}";
        try
        {
            using var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
            await RandomAccess.WriteAsync(file, content, 0, cancellationToken);
            RandomAccess.FlushToDisk(file);
            return temporary;
        }
        catch (Exception e)
        {
            Abandon(temporary);
            if (e is IOException or UnauthorizedAccessException)
                throw new AnkoleException(ErrorKind.Unavailable, $"cannot write '{path}': {e.Message}", e);
            throw;
        }
    }
}
