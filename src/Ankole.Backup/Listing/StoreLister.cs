using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Finds what a store holds. Names that break the rules are shown with their problem and never fail a listing.</summary>
internal sealed class StoreLister(RecordStore records)
{
    /// <summary>Folders listed side by side: two layers of up to 256 each.</summary>
    private const int ListingsInFlight = 16;

    private IObjectStore Objects => records.Objects;

    /// <summary>Ascending by name.</summary>
    public async Task<IReadOnlyList<VolumeSummary>> ListVolumesAsync(bool withBackups, CancellationToken cancellationToken)
    {
        var outer = await FoldersAsync([StoreKeys.Volumes], cancellationToken);
        var inner = await FoldersAsync(outer, cancellationToken);
        var folders = await FoldersAsync(inner, cancellationToken);
        var found = new System.Collections.Concurrent.ConcurrentBag<VolumeSummary>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListingsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(folders, options, async (folder, token) =>
        {
            if (await SummarizeAsync(folder, withBackups, token) is { } summary)
                found.Add(summary);
        });
        return [.. found.OrderBy(volume => volume.Name, StringComparer.Ordinal)];
    }

    /// <summary>Null when there is nothing of it.</summary>
    public Task<VolumeSummary?> FindVolumeAsync(string volume, CancellationToken cancellationToken) =>
        SummarizeAsync(new VolumeKeys(ObjectName.Check("volume", volume)).Folder, withBackups: true, cancellationToken);

    public async Task<VolumeInspection> InspectVolumeAsync(string volume, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", volume));
        var record = await records.RequireVolumeAsync(keys, cancellationToken);
        var stat = await Objects.StatAsync(keys.Record, cancellationToken);
        var backups = new List<BackupInspection>();
        foreach (var name in (await records.ListBackupsAsync(keys, cancellationToken)).Keys)
            if (await InspectListedAsync(keys, name, cancellationToken) is { } inspected)
                backups.Add(inspected);
        return new VolumeInspection(
            record, stat?.LastModified ?? default, [.. backups.OrderBy(backup => backup.SnapshotCreatedAt, StringComparer.Ordinal)]);
    }

    public async Task<BackupInspection> InspectBackupAsync(string volume, string backup, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", volume));
        var record = await records.RequireBackupAsync(keys, ObjectName.Check("backup", backup), cancellationToken);
        return BackupInspection.Of(volume, backup, record);
    }

    /// <summary>When a record was last written, by the store's clock; null when it does not exist.</summary>
    public async Task<DateTimeOffset?> HeadAsync(string volume, string? backup, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(ObjectName.Check("volume", volume));
        var key = backup is null ? keys.Record : keys.Backup(ObjectName.Check("backup", backup));
        return (await Objects.StatAsync(key, cancellationToken))?.LastModified;
    }

    public async Task<IReadOnlyList<string>> ListBackingImagesAsync(CancellationToken cancellationToken)
    {
        var images = new List<string>();
        await foreach (var name in Objects.ListFoldersAsync(StoreKeys.BackingImages, cancellationToken))
            if (ObjectName.IsValid(name))
                images.Add(name);
        images.Sort(StringComparer.Ordinal);
        return images;
    }

    public async Task<BackingImageRecord> InspectBackingImageAsync(string image, CancellationToken cancellationToken) =>
        await records.ReadBackingImageAsync(ObjectName.Check("backing image", image), cancellationToken)
        ?? throw new AnkoleException(ErrorKind.NotFound, $"cannot find backing image '{image}' in backup target '{Objects.DisplayName}'.");

    public async Task<IReadOnlyList<SystemBackupSummary>> ListSystemBackupsAsync(CancellationToken cancellationToken)
    {
        var found = new List<SystemBackupSummary>();
        foreach (var version in await FoldersAsync([StoreKeys.SystemBackups], cancellationToken))
            foreach (var folder in await FoldersAsync([version], cancellationToken))
                found.Add(new SystemBackupSummary(LastName(version), LastName(folder)));
        return [.. found.OrderBy(backup => backup.Version, StringComparer.Ordinal).ThenBy(backup => backup.Name, StringComparer.Ordinal)];
    }

    public async Task<SystemBackupRecord> InspectSystemBackupAsync(string version, string name, CancellationToken cancellationToken)
    {
        ObjectName.Check("system backup version", version);
        ObjectName.Check("system backup", name);
        return await records.ReadSystemBackupAsync(StoreKeys.SystemBackupFolder(version, name), cancellationToken)
            ?? throw new AnkoleException(
                ErrorKind.NotFound, $"cannot find system backup '{name}' of version '{version}' in backup target '{Objects.DisplayName}'.");
    }

    private async Task<VolumeSummary?> SummarizeAsync(string folder, bool withBackups, CancellationToken cancellationToken)
    {
        var name = LastName(folder);
        if (!ObjectName.IsValid(name))
            return new VolumeSummary(name, [], null, $"'{name}' is no volume name");
        var keys = new VolumeKeys(name);
        if (keys.Folder != folder)
            return new VolumeSummary(name, [], null, $"'{folder}' is not where a volume of this name belongs ('{keys.Folder}')");
        var backups = withBackups ? (await records.ListBackupsAsync(keys, cancellationToken)).Keys.ToArray() : [];
        try
        {
            if (await records.ReadVolumeAsync(keys, cancellationToken) is { } record)
                return new VolumeSummary(name, backups, record, null);
        }
        catch (RecordDamagedException e)
        {
            return new VolumeSummary(name, backups, null, e.Message);
        }
        // A folder that holds no object (only leftovers of temporary files) is no volume, nor is the one where backing images are locked.
        return name == StoreKeys.BackingImageLockVolume || !await Objects.ListAsync(folder, cancellationToken).AnyAsync(cancellationToken)
            ? null
            : new VolumeSummary(name, backups, null, $"cannot find '{keys.Record}'");
    }

    private async Task<BackupInspection?> InspectListedAsync(VolumeKeys keys, string name, CancellationToken cancellationToken)
    {
        try
        {
            var record = await records.ReadBackupAsync(keys, name, cancellationToken);
            return record is null ? null : BackupInspection.Of(keys.Volume, name, record);
        }
        catch (RecordDamagedException e)
        {
            return new BackupInspection { Name = name, Volume = keys.Volume, Problem = e.Message };
        }
    }

    private async Task<List<string>> FoldersAsync(IReadOnlyCollection<string> parents, CancellationToken cancellationToken)
    {
        var found = new System.Collections.Concurrent.ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListingsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(parents, options, async (parent, token) =>
        {
            await foreach (var folder in Objects.ListFoldersAsync(parent, token))
                found.Add($"{parent}{folder}/");
        });
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static string LastName(string folder) => folder.TrimEnd('/')[(folder.TrimEnd('/').LastIndexOf('/') + 1)..];
}
