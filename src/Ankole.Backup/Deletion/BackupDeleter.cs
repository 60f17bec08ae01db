using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Deletes one backup and the blocks that nobody needs any more (backupstore format, section 11). Absence is never a reason to delete:
/// everything below is proven before the first object goes.
/// <list type="number">
/// <item>lock (type 2): no backup and no restore is at work;</item>
/// <item>one listing of the whole volume, which must show volume.cfg, our own lock, the backup itself and the last backup if they exist;</item>
/// <item>every remaining record is read; one that is unreadable or unfinished keeps all blocks;</item>
/// <item>the records are listed a second time and must be the same;</item>
/// <item>the record is deleted, then volume.cfg written;</item>
/// <item>the records are listed again and must still be the same; blocks go in batches while the lock is held.</item>
/// </list>
/// Interrupted anywhere, running it again (or any later deletion) collects what is left.
/// </summary>
internal sealed class BackupDeleter(RecordStore records, BackupstoreOptions options, TimeProvider time)
{
    private const int KeysPerRequest = 1000;

    private IObjectStore Objects => records.Objects;

    public async Task<DeletionReport> DeleteAsync(
        string volume, string backup, bool dryRun, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var run = new Run(new VolumeKeys(ObjectName.Check("volume", volume)), ObjectName.Check("backup", backup))
        {
            Started = time.GetTimestamp(), RequestsBefore = Objects.Requests.Snapshot(),
        };
        await records.RequireVolumeAsync(run.Keys, cancellationToken);
        if (dryRun)
        {
            var plan = await PlanAsync(run, null, cancellationToken);
            return Report(run, plan, isDryRun: true);
        }
        await using var held = await StoreLock.BeginAsync(Objects, run.Keys, LockType.Deletion, "deletion", "", options, time, cancellationToken);
        return await held.GuardAsync(async token =>
        {
            await held.ConfirmAsync(token);
            var plan = await PlanAsync(run, held, token);
            return await CarryOutAsync(run, plan, held, progress, token);
        }, cancellationToken);
    }

    private async Task<Plan> PlanAsync(Run run, StoreLock? held, CancellationToken cancellationToken)
    {
        var keys = run.Keys;
        var volume = await records.RequireVolumeAsync(keys, cancellationToken);
        var contents = await VolumeContents.ListAsync(Objects, keys, cancellationToken);
        contents.CheckComplete(Objects, keys, held?.Key);
        var target = await ReadTargetAsync(run, cancellationToken);
        if (target.Exists && !contents.Backups.ContainsKey(run.Backup))
            throw VolumeContents.Untrusted(Objects, keys, $"'{keys.Backup(run.Backup)}'");
        if (!target.Exists && contents.Backups.ContainsKey(run.Backup))
            throw VolumeContents.Contradicted(Objects, keys, keys.Backup(run.Backup));
        await CheckLastAsync(volume, contents, keys, cancellationToken);

        var references = new BlockReferences(contents);
        var killed = held is null ? [] : held.LeftByTheDead.Select(left => left.Record!.Holder.Backup).ToHashSet(StringComparer.Ordinal);
        bool IsAbandoned(string name)
        {
            var written = contents.Backups[name].LastModified;
            return killed.Contains(name) || (held?.AgeOf(written) ?? time.GetUtcNow() - written) > options.AbandonedAfter;
        }
        await references.CountAsync(records, keys, contents.Backups.Keys.Where(name => name != run.Backup), IsAbandoned, cancellationToken);

        var unreferenced = references.KeepEverythingBecause is null ? references.Unreferenced().ToArray() : [];
        if (!target.Exists && unreferenced.Length == 0 && volume.LastBackupName != run.Backup && references.Abandoned.Count == 0)
            throw new AnkoleException(
                ErrorKind.NotFound, $"cannot find backup '{run.Backup}' of volume '{keys.Volume}' in backup target '{Objects.DisplayName}'.");
        run.LastBackupName = volume.LastBackupName == run.Backup ? references.Newest?.Name ?? "" : volume.LastBackupName;
        return new Plan(contents, references, unreferenced, target.Exists, target.File);
    }

    /// <summary>The record itself may be damaged: deleting it is then the way to be rid of it.</summary>
    private async Task<(bool Exists, string? File)> ReadTargetAsync(Run run, CancellationToken cancellationToken)
    {
        try
        {
            var record = await records.ReadBackupAsync(run.Keys, run.Backup, cancellationToken);
            // Only a file that is where this backup's file belongs: a record may say anything.
            var file = run.Keys.File(run.Backup);
            return (record is not null, record?.SingleFilePath == file ? file : null);
        }
        catch (RecordDamagedException e)
        {
            run.Notes.Add($"The record was damaged: {e.Message}");
            return (true, null);
        }
    }

    /// <summary>The volume's last backup exists or does not; a listing that disagrees is not to be believed.</summary>
    private async Task CheckLastAsync(VolumeRecord volume, VolumeContents contents, VolumeKeys keys, CancellationToken cancellationToken)
    {
        var last = volume.LastBackupName;
        if (ObjectName.IsValid(last) && !contents.Backups.ContainsKey(last)
            && await Objects.StatAsync(keys.Backup(last), cancellationToken) is not null)
            throw VolumeContents.Untrusted(Objects, keys, $"'{keys.Backup(last)}'");
    }

    private async Task<DeletionReport> CarryOutAsync(
        Run run, Plan plan, StoreLock held, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var gone = plan.References.Abandoned.Prepend(run.Backup).ToArray();
        await CheckUnchangedAsync(run, plan, [], "Nothing was deleted. Try again.", cancellationToken);
        held.EnsureHeld();
        await Objects.DeleteAsync([.. gone.Select(run.Keys.Backup)], cancellationToken);
        if (plan.File is not null)
            await Objects.DeleteAsync([plan.File], cancellationToken);
        var blocksLeft = plan.Contents.Blocks.Count - plan.Unreferenced.Length;
        await UpdateVolumeAsync(run, plan, blockCount: null, cancellationToken);
        await CheckUnchangedAsync(
            run, plan, gone, "Its record is deleted; no block was. Delete it again, or any other backup of the volume, to free the space.", cancellationToken);

        var freed = 0L;
        foreach (var chunk in plan.Unreferenced.Chunk(KeysPerRequest))
        {
            held.EnsureHeld();
            await Objects.DeleteAsync([.. chunk.Select(number => run.Keys.Blocks.KeyOf(plan.Contents.Blocks[number]))], cancellationToken);
            freed += chunk.Sum(plan.Contents.BlockLength);
            progress?.Report(new OperationProgress("deleting blocks", freed, plan.BlockBytes));
        }
        if (plan.References.KeepEverythingBecause is null)
            await UpdateVolumeAsync(run, plan, blocksLeft, cancellationToken);
        if (held.LeftByTheDead.Count > 0)
            await Objects.DeleteAsync([.. held.LeftByTheDead.Select(left => left.Key)], cancellationToken);
        return Report(run, plan, isDryRun: false);
    }

    /// <summary>Another record than those known means that somebody wrote beside us, lock or no lock.</summary>
    private async Task CheckUnchangedAsync(Run run, Plan plan, string[] gone, string consequence, CancellationToken cancellationToken)
    {
        var now = await records.ListBackupsAsync(run.Keys, cancellationToken);
        var expected = plan.Contents.Backups.Keys.Except(gone, StringComparer.Ordinal);
        if (!now.Keys.SequenceEqual(expected, StringComparer.Ordinal))
            throw new AnkoleException(ErrorKind.Refused,
                $"the backups of volume '{run.Keys.Volume}' changed while '{run.Backup}' was to be deleted: a second listing differs from the first. {consequence}");
    }

    private async Task UpdateVolumeAsync(Run run, Plan plan, long? blockCount, CancellationToken cancellationToken)
    {
        var current = await records.RequireVolumeAsync(run.Keys, cancellationToken);
        var updated = current with { BlockCount = blockCount ?? current.BlockCount };
        if (current.LastBackupName == run.Backup)
            updated = updated with
            {
                LastBackupName = plan.References.Newest?.Name ?? "", LastBackupAt = plan.References.Newest?.SnapshotCreatedAt ?? "",
            };
        if (updated != current)
            await records.WriteVolumeAsync(run.Keys, updated, cancellationToken);
    }

    private DeletionReport Report(Run run, Plan plan, bool isDryRun)
    {
        if (plan.References.MissingBlocks > 0)
            run.Notes.Add($"The remaining backups name {plan.References.MissingBlocks} blocks that are not stored. Verify the volume.");
        if (!plan.Exists)
            run.Notes.Add($"Backup '{run.Backup}' was gone already; what it left behind was collected.");
        if (plan.References.Abandoned.Count > 0)
            run.Notes.Add($"Abandoned unfinished backups went too: {string.Join(", ", plan.References.Abandoned)}.");
        return new DeletionReport
        {
            Volume = run.Keys.Volume, Backups = plan.Exists ? [run.Backup] : [], IsDryRun = isDryRun, Blocks = plan.Unreferenced.Length,
            Bytes = plan.BlockBytes + (plan.Exists ? plan.Contents.Backups[run.Backup].Length : 0),
            BlocksKeptBecause = plan.References.KeepEverythingBecause, LastBackupName = run.LastBackupName, Notes = run.Notes,
            Statistics = new OperationStatistics
            {
                Requests = Objects.Requests.Snapshot() - run.RequestsBefore, Elapsed = time.GetElapsedTime(run.Started),
            },
        };
    }

    private sealed record Run(VolumeKeys Keys, string Backup)
    {
        public required long Started { get; init; }

        public required RequestCounts RequestsBefore { get; init; }

        public List<string> Notes { get; } = [];

        public string LastBackupName { get; set; } = "";
    }

    /// <param name="Unreferenced">Numbers of the blocks that go.</param>
    /// <param name="File">The file of a single-file backup, or null.</param>
    private sealed record Plan(VolumeContents Contents, BlockReferences References, int[] Unreferenced, bool Exists, string? File)
    {
        public long BlockBytes { get; } = Unreferenced.Sum(Contents.BlockLength);
    }
}
