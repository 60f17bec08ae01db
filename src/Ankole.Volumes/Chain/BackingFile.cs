using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>The read-only raw image below a root disk (Longhorn replica format, section 14).</summary>
internal static class BackingFile
{
    /// <returns>Null when the volume has none.</returns>
    public static DataFile? TryOpen(VolumeRecord volume, string directory)
    {
        var path = volume.BackingFilePath;
        if (path.Length == 0)
            return null;
        if (!File.Exists(path))
            throw new AnkoleException(
                ErrorKind.NotFound, $"replica '{directory}' stands on the backing file '{path}', which does not exist. Put the same image there.");
        var file = new StoredDataFile(FileNames.Open(path, writable: false), path);
        try
        {
            Span<byte> start = stackalloc byte[4];
            file.Read(0, start);
            // The magic's last byte is 0xFB, which no UTF-8 text literal can hold.
            if (start[..3].SequenceEqual("QFI"u8) && start[3] == 0xFB)
                throw new AnkoleException(
                    ErrorKind.Refused, $"the backing file '{path}' is qcow2, which is not supported: convert it to raw (qemu-img convert -O raw).");
            if (file.Length % 512 != 0)
                throw new AnkoleException(ErrorKind.Damaged, $"the backing file '{path}' has {file.Length} bytes, which is no multiple of 512.");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
