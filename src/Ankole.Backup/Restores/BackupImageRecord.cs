using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Everything needed to read one finished backup's bytes: its list, its size, and a way to its blocks.</summary>
internal sealed class BackupImageRecord
{
    private BackupImageRecord(VolumeKeys keys, VolumeRecord volume, BackupRecord backup, long sizeBytes, BlockFetcher fetcher)
    {
        Keys = keys;
        Volume = volume;
        Backup = backup;
        SizeBytes = sizeBytes;
        Fetcher = fetcher;
    }

    public VolumeKeys Keys { get; }

    public VolumeRecord Volume { get; }

    public BackupRecord Backup { get; }

    public long SizeBytes { get; }

    public BlockFetcher Fetcher { get; }

    public int BlockSize => Backup.BlockSize;

    /// <exception cref="AnkoleException">The backup is missing, unfinished, damaged, or of a kind or compression that gives no image.</exception>
    public static async Task<BackupImageRecord> ReadAsync(
        RecordStore records, string volumeName, string backupName, long? sizeBytes, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(volumeName);
        var volume = await records.RequireVolumeAsync(keys, cancellationToken);
        var backup = await records.RequireBackupAsync(keys, backupName, cancellationToken);
        var owner = OwnerOf(volumeName, backupName);
        if (!backup.IsFinished)
            throw new AnkoleException(ErrorKind.Refused,
                $"{owner} is not finished: it is still in progress, or its run was interrupted. It holds nothing to read; choose another backup.");
        if (backup.IsSingleFile)
            throw new AnkoleException(ErrorKind.Refused, $"{owner} is a single file ('{backup.SingleFilePath}') and no volume image. Restore it as a file.");
        var fetcher = BlockFetcher.For(records.Objects, keys.Blocks, backup.CompressionMethod, owner);
        return new BackupImageRecord(keys, volume, backup, SizeOf(volume, backup, sizeBytes, owner), fetcher);
    }

    public static string OwnerOf(string volume, string backup) => $"backup '{backup}' of volume '{volume}'";

    private static long SizeOf(VolumeRecord volume, BackupRecord backup, long? wanted, string owner)
    {
        var needed = backup.Blocks.Count == 0 ? 0 : backup.Blocks.Offsets[^1] + backup.BlockSize;
        if (wanted is { } size && (size < needed || size <= 0 || size % backup.BlockSize != 0))
            throw new InvalidInputException(
                $"{owner} cannot be restored as {size} bytes: the size must be a multiple of the block size {backup.BlockSize} and at least {needed}.");
        // A volume that was backed up again with a smaller size still has older, larger backups: they are never cut off.
        var restored = wanted ?? Math.Max(volume.SizeBytes, needed);
        if (restored <= 0)
            throw new AnkoleException(ErrorKind.Damaged, $"volume '{backup.VolumeName}' says that it has {volume.SizeBytes} bytes, so {owner} has no size.");
        if (restored % backup.BlockSize != 0)
            throw new AnkoleException(ErrorKind.Damaged, $"{owner}: the volume size {restored} is not a multiple of the block size {backup.BlockSize}.");
        return restored;
    }
}
