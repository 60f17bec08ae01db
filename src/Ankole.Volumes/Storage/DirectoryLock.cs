using System.Globalization;
using System.Text;
using Ankole.Files;
using Microsoft.Win32.SafeHandles;

namespace Ankole.Volumes;

/// <summary>
/// <c>ankole.lock</c>: whoever may write in a replica directory holds its exclusive lock and has put its process id into it. The kernel releases
/// the lock when the process ends, however it ends; the file stays. Longhorn ignores the name.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    public const string FileName = "ankole.lock";

    /// <summary>Somebody who only asks who holds the lock holds it shared for a moment: tried again this often, 10 ms apart.</summary>
    private const int Attempts = 5;

    private readonly SafeFileHandle file;

    private DirectoryLock(SafeFileHandle file) => this.file = file;

    /// <exception cref="ReplicaInUseException">Somebody holds it.</exception>
    public static DirectoryLock Acquire(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var file = FileNames.OpenOrCreate(path);
        try
        {
            for (var attempt = 1; !FileLock.TryExclusive(file, path); attempt++)
            {
                if (attempt == Attempts)
                    throw new ReplicaInUseException(directory, ReadOwner(file, path));
                Thread.Sleep(10);
            }
            var owner = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            RandomAccess.SetLength(file, 0);
            PositionedIo.Write(file, path, 0, owner);
            return new DirectoryLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The process that holds the lock now, or null. Writes nothing.</summary>
    public static int? TryGetOwner(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (FileFacts.TryGet(path) is null)
            return null;
        using var file = FileNames.Open(path, writable: false);
        if (!FileLock.TryShared(file, path))
            return ReadOwner(file, path);
        FileLock.Release(file, path);
        return null;
    }

    /// <summary>Unlocks by name, not by closing alone: a program that this process starts at the same moment holds a copy of the handle until it runs.</summary>
    public void Dispose()
    {
        FileLock.Release(file, FileName);
        file.Dispose();
    }

    private static int ReadOwner(SafeFileHandle file, string path)
    {
        Span<byte> text = stackalloc byte[16];
        var length = PositionedIo.Read(file, path, 0, text);
        // Between locking and writing, the owner has not said its number yet.
        return int.TryParse(Encoding.ASCII.GetString(text[..length]).Trim(), CultureInfo.InvariantCulture, out var owner) ? owner : 0;
    }
}
