using System.Collections.Concurrent;
using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Checks that what the records promise can be had: every record is readable, every block that one names is stored (one listing per volume), and
/// with <c>deep</c> every such block unpacks to its checksum. Reads only, and takes no lock: what a deletion removes meanwhile is asked for again.
/// </summary>
internal sealed class StoreVerifier(RecordStore records, BackupstoreOptions options, TimeProvider time, bool deep, IProgress<OperationProgress>? progress)
{
    /// <summary>More of one volume's damage is summed up: a report is for people.</summary>
    private const int MaxDamagePerVolume = 1000;

    private readonly List<DamagedObject> damage = [];
    private readonly List<string> notes = [];
    private int volumes, backups, images, systemBackups;
    private long blocks, bytesHashed, blocksFetched, bytesFetched;

    private IObjectStore Objects => records.Objects;

    /// <param name="volume">Null: the whole store with backing images and system backups.</param>
    /// <param name="backup">Null: every backup of the volume.</param>
    public async Task<VerificationReport> VerifyAsync(string? volume, string? backup, CancellationToken cancellationToken)
    {
        var (started, before) = (time.GetTimestamp(), Objects.Requests.Snapshot());
        if (volume is null)
            await VerifyStoreAsync(cancellationToken);
        else
            await VerifyVolumeAsync(new VolumeKeys(ObjectName.Check("volume", volume)), backup, cancellationToken);
        return new VerificationReport
        {
            Damage = damage, Notes = notes, Volumes = volumes, Backups = backups, BackingImages = images, SystemBackups = systemBackups, Blocks = blocks,
            IsDeep = deep, Statistics = new OperationStatistics
            {
                BytesHashed = bytesHashed, BlocksFetched = blocksFetched, BytesFetched = bytesFetched,
                Requests = Objects.Requests.Snapshot() - before, Elapsed = time.GetElapsedTime(started),
            },
        };
    }

    private async Task VerifyStoreAsync(CancellationToken cancellationToken)
    {
        var lister = new StoreLister(records);
        foreach (var summary in await lister.ListVolumesAsync(withBackups: false, cancellationToken))
        {
            if (summary.Problem is null)
                await VerifyVolumeAsync(new VolumeKeys(summary.Name), null, cancellationToken);
            else if (ObjectName.IsValid(summary.Name))
                await NoteVolumeWithoutRecordAsync(summary, cancellationToken);
            else
                notes.Add($"'{summary.Name}' among the volumes is no volume name; it is ignored.");
        }
        await VerifyBackingImagesAsync(lister, cancellationToken);
        foreach (var summary in await lister.ListSystemBackupsAsync(cancellationToken))
            await VerifySystemBackupAsync(summary, cancellationToken);
    }

    /// <summary>Without volume.cfg no backup of the volume can be restored, if it has any.</summary>
    private async Task NoteVolumeWithoutRecordAsync(VolumeSummary summary, CancellationToken cancellationToken)
    {
        var keys = new VolumeKeys(summary.Name);
        var names = (await records.ListBackupsAsync(keys, cancellationToken)).Keys.Select(name => $"{summary.Name}/{name}").ToArray();
        if (names.Length > 0)
            damage.Add(new DamagedObject(keys.Record, $"volume '{summary.Name}' has backups but no volume.cfg; the next backup makes one again", names));
        else
            notes.Add($"Folder of volume '{summary.Name}': {summary.Problem}; it has no backups.");
    }

    private async Task VerifyVolumeAsync(VolumeKeys keys, string? onlyBackup, CancellationToken cancellationToken)
    {
        volumes++;
        VolumeRecord? volume = null;
        try
        {
            volume = await records.RequireVolumeAsync(keys, cancellationToken);
        }
        catch (RecordDamagedException e)
        {
            damage.Add(new DamagedObject(keys.Record, e.Message, []));
        }
        if (onlyBackup is not null)
            await records.RequireBackupAsync(keys, ObjectName.Check("backup", onlyBackup), cancellationToken);
        var contents = await VolumeContents.ListAsync(Objects, keys, cancellationToken);
        if (volume is not null)
            contents.CheckComplete(Objects, keys, lockKey: null);
        var users = new BlockUsers(keys.Volume);
        var finished = 0;
        foreach (var name in onlyBackup is null ? contents.Backups.Keys.ToArray() : [onlyBackup])
            if (await VerifyBackupRecordAsync(keys, name, contents, users, cancellationToken))
                finished++;
        if (onlyBackup is null && volume is not null)
            NoteOddities(keys, volume, contents, users);
        await VerifyBlocksAsync(
            keys.Blocks, users, contents.Blocks, async name => (await records.ReadBackupAsync(keys, name, cancellationToken))?.Blocks, cancellationToken);
        backups += finished;
    }

    /// <returns>True for a readable, finished backup.</returns>
    private async Task<bool> VerifyBackupRecordAsync(
        VolumeKeys keys, string name, VolumeContents contents, BlockUsers users, CancellationToken cancellationToken)
    {
        try
        {
            var record = await records.ReadBackupAsync(keys, name, cancellationToken);
            if (record is null)
                return false;
            if (!record.IsFinished)
            {
                notes.Add($"Backup '{name}' of volume '{keys.Volume}' is unfinished: in progress, or interrupted.");
                return false;
            }
            if (record.IsSingleFile && !contents.Others.Exists(entry => entry.Key == record.SingleFilePath))
                damage.Add(new DamagedObject(record.SingleFilePath, $"{Owner(keys, name)}: its file is missing from the store", [$"{keys.Volume}/{name}"]));
            if (!CompressionMethods.TryParse(record.CompressionMethod, out var method))
                damage.Add(new DamagedObject(keys.Backup(name), $"{Owner(keys, name)}: unknown compression '{record.CompressionMethod}'", [$"{keys.Volume}/{name}"]));
            else
                users.Add(name, record.Blocks, method, _ => record.BlockSize);
            return true;
        }
        catch (RecordDamagedException e)
        {
            damage.Add(new DamagedObject(e.Key, e.Message, [$"{keys.Volume}/{name}"]));
            return false;
        }
    }

    private void NoteOddities(VolumeKeys keys, VolumeRecord volume, VolumeContents contents, BlockUsers users)
    {
        if (volume.LastBackupName.Length > 0 && !contents.Backups.ContainsKey(volume.LastBackupName))
            notes.Add($"Volume '{keys.Volume}' names '{volume.LastBackupName}' as its last backup, which does not exist; the next backup has no base.");
        var unreferenced = contents.Blocks.Count - Enumerable.Range(0, contents.Blocks.Count).Count(number => users.Uses(contents.Blocks[number]));
        if (unreferenced > 0)
            notes.Add($"Volume '{keys.Volume}': {unreferenced} stored blocks belong to no finished backup; the next deletion collects them.");
        foreach (var other in contents.Others.Where(entry => !IsExpected(entry.Key, keys)))
            notes.Add($"'{other.Key}' is no object of a backupstore; it is ignored.");
    }

    private static bool IsExpected(string key, VolumeKeys keys) =>
        key.StartsWith(keys.LocksFolder, StringComparison.Ordinal) || key.StartsWith(keys.FilesFolder, StringComparison.Ordinal);

    /// <param name="readBlocks">The list of an owner again: lists are not kept, because only damage asks for them twice.</param>
    private async Task VerifyBlocksAsync(
        BlockPool pool, BlockUsers users, ChecksumSet stored, Func<string, Task<BlockList?>> readBlocks, CancellationToken cancellationToken)
    {
        blocks += users.Count;
        var broken = new ConcurrentBag<(BlockUse Use, string Problem)>();
        var done = 0L;
        var workers = options.WorkersFor(users.LargestBlock);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = deep ? workers : 1, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(users.All(), parallel, async (use, token) =>
        {
            if (deep)
                await ReadAsync(pool, use, broken, token);
            else if (!stored.Contains(use.Checksum) && await Objects.StatAsync(pool.KeyOf(use.Checksum), token) is null)
                broken.Add((use, $"{users.OwnerOf(use)}: the block at offset {use.Offset} ('{pool.KeyOf(use.Checksum)}') is missing from the store."));
            progress?.Report(new OperationProgress("verifying", Interlocked.Add(ref done, use.Length), users.TotalBytes));
        });
        var listed = broken.OrderBy(found => found.Use.Offset).Take(MaxDamagePerVolume).ToArray();
        var affected = await FindAffectedAsync([.. listed.Select(found => found.Use.Checksum)], users, readBlocks);
        foreach (var (use, problem) in listed)
            damage.Add(new DamagedObject(pool.KeyOf(use.Checksum), problem, affected[use.Checksum]));
        if (broken.Count > MaxDamagePerVolume)
            notes.Add($"{broken.Count - MaxDamagePerVolume} more damaged blocks of {users.Owner} are not listed.");

        async ValueTask ReadAsync(BlockPool from, BlockUse use, ConcurrentBag<(BlockUse, string)> found, CancellationToken token)
        {
            var fetcher = new BlockFetcher(Objects, from, use.Method, users.OwnerOf(use));
            using var block = PooledBytes.Rent(use.Length);
            try
            {
                await fetcher.FetchAsync(use.Offset, use.Checksum, block.Memory, token);
                Interlocked.Add(ref bytesHashed, use.Length);
            }
            catch (BlockDamagedException e)
            {
                found.Add((use, e.Message));
            }
            catch (ObjectStoreException e) when (e.Kind == ErrorKind.Damaged)
            {
                found.Add((use, $"{users.OwnerOf(use)}: the block at offset {use.Offset}: {e.Message}"));
            }
            Interlocked.Add(ref blocksFetched, fetcher.Fetched);
            Interlocked.Add(ref bytesFetched, fetcher.BytesFetched);
        }
    }

    private static async Task<Dictionary<BlockChecksum, List<string>>> FindAffectedAsync(
        HashSet<BlockChecksum> broken, BlockUsers users, Func<string, Task<BlockList?>> readBlocks)
    {
        var affected = broken.ToDictionary(checksum => checksum, _ => new List<string>());
        if (broken.Count == 0)
            return affected;
        foreach (var owner in users.Owners)
        {
            var named = new HashSet<BlockChecksum>();
            foreach (var checksum in (await readBlocks(owner) ?? BlockList.Empty).Checksums)
                if (broken.Contains(checksum) && named.Add(checksum))
                    affected[checksum].Add($"{users.Owner}/{owner}");
        }
        return affected;
    }

    private async Task VerifyBackingImagesAsync(StoreLister lister, CancellationToken cancellationToken)
    {
        var pool = new BlockPool(StoreKeys.BackingImageBlocks);
        var names = await lister.ListBackingImagesAsync(cancellationToken);
        if (names.Count == 0)
            return;
        var stored = new ChecksumSet();
        await foreach (var entry in Objects.ListAsync(pool.Folder, cancellationToken))
            if (pool.TryParse(entry.Key, out var checksum))
                stored.Add(checksum);
        var users = new BlockUsers(BlockUsers.BackingImages);
        foreach (var name in names)
        {
            try
            {
                var record = await records.ReadBackingImageAsync(name, cancellationToken);
                if (record is null)
                    notes.Add($"Backing image '{name}' has no record; it is ignored.");
                else if (!record.IsFinished)
                    notes.Add($"Backing image '{name}' is unfinished.");
                else if (!CompressionMethods.TryParse(record.CompressionMethod, out var method))
                    damage.Add(new DamagedObject(StoreKeys.BackingImageRecord(name), $"backing image '{name}': unknown compression '{record.CompressionMethod}'", [name]));
                else
                {
                    images++;
                    users.Add(name, record.Blocks, method, offset => BackingImageRestore.LengthAt(record, offset));
                }
            }
            catch (RecordDamagedException e)
            {
                damage.Add(new DamagedObject(e.Key, e.Message, [name]));
            }
        }
        await VerifyBlocksAsync(
            pool, users, stored, async name => (await records.ReadBackingImageAsync(name, cancellationToken))?.Blocks, cancellationToken);
    }

    private async Task VerifySystemBackupAsync(SystemBackupSummary summary, CancellationToken cancellationToken)
    {
        var folder = StoreKeys.SystemBackupFolder(summary.Version, summary.Name);
        try
        {
            var record = await records.ReadSystemBackupAsync(folder, cancellationToken);
            if (record is null)
            {
                notes.Add($"System backup '{summary.Version}/{summary.Name}' has no record; it is ignored.");
                return;
            }
            systemBackups++;
            await using var archive = await Objects.OpenReadAsync(folder + StoreKeys.SystemBackupArchiveName, cancellationToken);
            if (archive is null)
                damage.Add(new DamagedObject(folder + StoreKeys.SystemBackupArchiveName, $"system backup '{summary.Name}': its archive is missing", [summary.Name]));
            else if (Convert.ToHexStringLower(await SHA256.HashDataAsync(archive, cancellationToken)) is var found && found != record.Checksum)
                damage.Add(new DamagedObject(
                    folder + StoreKeys.SystemBackupArchiveName, $"system backup '{summary.Name}': its archive has SHA-256 {found}, the record says {record.Checksum}", [summary.Name]));
        }
        catch (RecordDamagedException e)
        {
            damage.Add(new DamagedObject(e.Key, e.Message, [summary.Name]));
        }
    }

    private static string Owner(VolumeKeys keys, string backup) => BackupImageRecord.OwnerOf(keys.Volume, backup);
}
