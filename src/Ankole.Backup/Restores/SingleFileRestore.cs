using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Brings the file of a single-file backup back (backupstore format, section 13). The store holds it whole and without a checksum.</summary>
internal static class SingleFileRestore
{
    /// <returns>Bytes written.</returns>
    public static async Task<long> RestoreAsync(RecordStore records, string volume, string backup, Stream destination, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", volume));
        var record = await records.RequireBackupAsync(keys, ObjectName.Check("backup", backup), cancellationToken);
        var owner = BackupImageRecord.OwnerOf(volume, backup);
        if (!record.IsSingleFile)
            throw new AnkoleException(ErrorKind.Refused, $"{owner} is a volume image and no single file. Restore it as an image.");
        if (record.SingleFilePath != keys.File(backup))
            throw new AnkoleException(ErrorKind.Damaged, $"{owner} says that its file is '{record.SingleFilePath}', which is not where it belongs ('{keys.File(backup)}').");
        await using var source = await records.Objects.OpenReadAsync(record.SingleFilePath, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.Damaged, $"{owner}: its file '{record.SingleFilePath}' is missing from the store.");
        var start = destination.CanSeek ? destination.Position : 0;
        await source.CopyToAsync(destination, 1 << 20, cancellationToken);
        return destination.CanSeek ? destination.Position - start : 0;
    }
}
