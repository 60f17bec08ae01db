using Ankole.Core;

namespace Ankole.Backup;

/// <summary>The fixed part of a backupstore's layout (backupstore format, section 2). Keys are relative to the target's path.</summary>
internal static class StoreKeys
{
    public const string Base = "backupstore/";
    public const string Volumes = Base + "volumes/";
    public const string BackingImages = Base + "backing-images/backing-images/";
    public const string BackingImageBlocks = Base + "backing-images/blocks/";
    public const string SystemBackups = Base + "system-backups/";

    /// <summary>The pseudo-volume under which backing images are locked. It has no volume.cfg and is no volume.</summary>
    public const string BackingImageLockVolume = "BACKINGIMAGE";

    public const string VolumeRecordName = "volume.cfg";
    public const string BackingImageRecordName = "backing-image.cfg";
    public const string SystemBackupRecordName = "system-backup.cfg";
    public const string SystemBackupArchiveName = "system-backup.zip";
    public const string BackupPrefix = "backup_";
    public const string RecordSuffix = ".cfg";
    public const string LockSuffix = ".lck";

    public static string BackingImageRecord(string image) => $"{BackingImages}{image}/{BackingImageRecordName}";

    public static string SystemBackupFolder(string version, string name) => $"{SystemBackups}{version}/{name}/";

    /// <summary>The name inside <c>FOLDERbackup_NAME.cfg</c>, or null for anything else.</summary>
    public static string? BackupNameOf(string key, string folder)
    {
        var file = key.AsSpan(folder.Length);
        if (!file.StartsWith(BackupPrefix, StringComparison.Ordinal) || !file.EndsWith(RecordSuffix, StringComparison.Ordinal)
            || file.Length <= BackupPrefix.Length + RecordSuffix.Length)
            return null;
        var name = file[BackupPrefix.Length..^RecordSuffix.Length].ToString();
        return ObjectName.IsValid(name) ? name : null;
    }
}
