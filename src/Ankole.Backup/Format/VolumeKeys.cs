using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// The keys of one volume: <c>backupstore/volumes/AA/BB/VOLUME/…</c>, where AA and BB are the first two pairs of digits of the checksum of the
/// volume's name (backupstore format, section 2).
/// </summary>
internal sealed class VolumeKeys
{
    public VolumeKeys(string volume)
    {
        Volume = volume;
        var layers = BlockChecksum.OfText(volume).ToString();
        Folder = $"{StoreKeys.Volumes}{layers[..2]}/{layers[2..4]}/{volume}/";
        Blocks = new BlockPool(Folder + "blocks/");
    }

    public string Volume { get; }

    /// <summary>Ends with <c>/</c>, as every folder here.</summary>
    public string Folder { get; }

    public string Record => Folder + StoreKeys.VolumeRecordName;

    public string BackupsFolder => Folder + "backups/";

    public string LocksFolder => Folder + "locks/";

    public string FilesFolder => Folder + "BackupFiles/";

    public BlockPool Blocks { get; }

    public string Backup(string backup) => $"{BackupsFolder}{StoreKeys.BackupPrefix}{backup}{StoreKeys.RecordSuffix}";

    public string Lock(string name) => $"{LocksFolder}{name}{StoreKeys.LockSuffix}";

    public string File(string backup) => $"{FilesFolder}{backup}.bak";
}
