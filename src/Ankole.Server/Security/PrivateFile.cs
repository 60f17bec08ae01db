using System.Text;
using Ankole.Files;

namespace Ankole.Server;

/// <summary>Files that only the daemon's user can read, from their first byte on.</summary>
internal static class PrivateFile
{
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces or creates the file, durably: readers see the old content or the new one.</summary>
    public static void Write(string path, string content)
    {
        var temporary = path + DurableFile.TemporaryMark + Guid.NewGuid().ToString("N");
        try
        {
            using var file = File.Open(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mode });
            file.Write(Encoding.UTF8.GetBytes(content));
            file.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        DurableFile.Rename(temporary, path);
    }
}
