using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>Whether the file system can say which 4 KiB blocks a file holds (Longhorn replica format, section 5.2).</summary>
internal static class FileSystemCheck
{
    /// <exception cref="AnkoleException">Its blocks are too large: one write would hide its neighbours' older data.</exception>
    public static ReplicaWarning? Check(string directory, string head)
    {
        var path = Path.Combine(directory, head);
        using var file = FileNames.Open(path, writable: false);
        Check(directory, FileFacts.FileSystemBlockSize(file, path));
        return SparseFile.SupportsFiemap(file)
            ? null
            : new ReplicaWarning(
                ReplicaWarningKind.NoExtentMap,
                "this file system has no extent map (FIEMAP): ranges that were preallocated count as holes here and as zeros with Longhorn.");
    }

    internal static void Check(string directory, long blockSize)
    {
        if (blockSize > BlockMap.BlockSize)
            throw new AnkoleException(
                ErrorKind.Refused,
                $"replica '{directory}' lies on a file system with blocks of {blockSize} bytes: a 4096-byte write would hide older data beside it. " +
                "Copy it, holes kept (tar -S --hole-detection=seek), to one with blocks of 4096 bytes or less.");
    }
}
