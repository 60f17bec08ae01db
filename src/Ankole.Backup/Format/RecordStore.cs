using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Reads and writes whole records. "Not there" is null; "could not ask" and "damaged" are exceptions that name the key.</summary>
internal sealed class RecordStore(IObjectStore objects)
{
    /// <summary>Labels may be long texts, but not this long.</summary>
    private const int MaxSmallRecordBytes = 16 << 20;

    /// <summary>About 10 million blocks: 20 TiB in blocks of 2 MiB, 160 TiB in blocks of 16 MiB.</summary>
    private const int MaxBackupRecordBytes = 1 << 30;

    private delegate T Parser<T>(ReadOnlySpan<byte> text, string key);

    public IObjectStore Objects { get; } = objects;

    public ValueTask<VolumeRecord?> ReadVolumeAsync(VolumeKeys keys, CancellationToken cancellationToken) =>
        ReadAsync(keys.Record, MaxSmallRecordBytes, VolumeRecord.Parse, cancellationToken);

    public async ValueTask<VolumeRecord> RequireVolumeAsync(VolumeKeys keys, CancellationToken cancellationToken) =>
        await ReadVolumeAsync(keys, cancellationToken) ?? throw new AnkoleException(
            ErrorKind.NotFound, $"cannot find volume '{keys.Volume}' in backup target '{Objects.DisplayName}' ('{keys.Record}' does not exist).");

    public ValueTask<BackupRecord?> ReadBackupAsync(VolumeKeys keys, string backup, CancellationToken cancellationToken) =>
        ReadAsync(keys.Backup(backup), MaxBackupRecordBytes, BackupRecord.Parse, cancellationToken);

    public async ValueTask<BackupRecord> RequireBackupAsync(VolumeKeys keys, string backup, CancellationToken cancellationToken) =>
        await ReadBackupAsync(keys, backup, cancellationToken) ?? throw new AnkoleException(
            ErrorKind.NotFound, $"cannot find backup '{backup}' of volume '{keys.Volume}' in backup target '{Objects.DisplayName}'.");

    public ValueTask<BackingImageRecord?> ReadBackingImageAsync(string image, CancellationToken cancellationToken) =>
        ReadAsync(StoreKeys.BackingImageRecord(image), MaxBackupRecordBytes, BackingImageRecord.Parse, cancellationToken);

    public ValueTask<SystemBackupRecord?> ReadSystemBackupAsync(string folder, CancellationToken cancellationToken) =>
        ReadAsync(folder + StoreKeys.SystemBackupRecordName, MaxSmallRecordBytes, SystemBackupRecord.Parse, cancellationToken);

    public async ValueTask WriteVolumeAsync(VolumeKeys keys, VolumeRecord record, CancellationToken cancellationToken)
    {
        using var text = record.Write();
        await Objects.PutAsync(keys.Record, text.Written, cancellationToken);
    }

    /// <returns>False: somebody else wrote one; nothing was changed.</returns>
    public async ValueTask<bool> CreateVolumeAsync(VolumeKeys keys, VolumeRecord record, CancellationToken cancellationToken)
    {
        using var text = record.Write();
        return await Objects.PutIfAbsentAsync(keys.Record, text.Written, cancellationToken);
    }

    public async ValueTask WriteBackupAsync(VolumeKeys keys, BackupRecord record, CancellationToken cancellationToken)
    {
        using var text = record.Write();
        await Objects.PutAsync(keys.Backup(record.Name), text.Written, cancellationToken);
    }

    /// <summary>Backup names of a volume with their record's time, ascending by name. Foreign entries are left out.</summary>
    public async ValueTask<SortedDictionary<string, DateTimeOffset>> ListBackupsAsync(VolumeKeys keys, CancellationToken cancellationToken)
    {
        var names = new SortedDictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        await foreach (var entry in Objects.ListAsync(keys.BackupsFolder, cancellationToken))
            if (StoreKeys.BackupNameOf(entry.Key, keys.BackupsFolder) is { } name)
                names[name] = entry.LastModified;
        return names;
    }

    private async ValueTask<T?> ReadAsync<T>(string key, int maxBytes, Parser<T> parse, CancellationToken cancellationToken)
        where T : class
    {
        using var bytes = await Objects.GetAsync(key, maxBytes, cancellationToken);
        return bytes is null ? null : parse(bytes.Span, key);
    }
}
