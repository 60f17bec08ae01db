using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>Opens views of a chain.</summary>
internal static class ChainViews
{
    /// <summary>Who only asks whether a removed snapshot is being read holds its lock for a moment: tried again this often, 10 ms apart.</summary>
    private const int Attempts = 5;

    /// <param name="chain">Newest first.</param>
    /// <exception cref="AnkoleException"><see cref="ErrorKind.Busy"/>: a purge is changing one of the files at this moment.</exception>
    public static ChainView Open(IReplicaFiles files, IReadOnlyList<Disk> chain, VolumeRecord volume, string name)
    {
        var opened = OpenChain.Open(files, chain, volume.Size, writable: false, BackingFile.TryOpen(volume, files.Directory));
        try
        {
            foreach (var layer in opened.Layers)
            {
                if (layer.Slot != opened.BackingSlot && !TryLock(opened.FileOf(layer.Slot)))
                    throw new AnkoleException(ErrorKind.Busy, $"'{layer.Disk}' of '{files.Directory}' is being purged. Try again.");
            }
            opened.LoadMap();
            return new ChainView(opened, name);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
    private static bool TryLock(DataFile file)
    {
        for (var attempt = 1; !file.TryLockShared(); attempt++)
        {
            if (attempt == Attempts)
                return false;
            Thread.Sleep(10);
        }
        return true;
    }
}
