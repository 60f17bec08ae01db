using Ankole.Core;

namespace Ankole.Backup;

/// <summary>
/// Makes one backup (backupstore format, section 9). In this order, so that a crash anywhere leaves every finished backup whole:
/// <list type="number">
/// <item>lock (type 1);</item>
/// <item>volume.cfg, when the volume is new;</item>
/// <item>the unfinished record, which keeps deletions from collecting blocks even if our lock is lost;</item>
/// <item>the blocks, durable (begun while the lock settles);</item>
/// <item>the finished record: now the backup exists;</item>
/// <item>volume.cfg, read again and merged;</item>
/// <item>the lock is released.</item>
/// </list>
/// Interrupted before 5, the run is simply repeated: blocks that were sent are found again. Interrupted between 5 and 6, the backup is valid and
/// the next one merely compares with an older base.
/// </summary>
internal sealed class BackupCreator(RecordStore records, BackupstoreOptions options, TimeProvider time)
{
    public async Task<BackupResult> CreateAsync(
        BackupRequest request, IBlockSource source, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        request.Check(source);
        var run = new Run(request, source, new VolumeKeys(request.Volume), request.Backup ?? ObjectName.Generate("backup-"))
        {
            StartedAt = time.GetUtcNow(), StartedTimestamp = time.GetTimestamp(), RequestsBefore = records.Objects.Requests.Snapshot(),
        };
        await using var held = await StoreLock.BeginAsync(
            records.Objects, run.Keys, LockType.BackupOrRestore, "backup", run.Backup, options, time, cancellationToken);
        return await held.GuardAsync(token => CreateAsync(run, held, progress, token), cancellationToken);
    }

    private async Task<BackupResult> CreateAsync(Run run, StoreLock held, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new OperationProgress("preparing", 0, 0));
        var stored = held.MayReadBeforeConfirmed
            ? await StoreWhileLockSettlesAsync(run, held, progress, cancellationToken)
            : await StoreAfterLockSettledAsync(run, held, progress, cancellationToken);
        // The commit is not cancelled at once any more: the record makes the backup exist, and what follows describes it.
        held.Grace.BeginCommit();
        progress?.Report(new OperationProgress("writing the record", stored.Statistics.BytesRead, stored.Statistics.BytesRead));
        await WriteFinishedAsync(run, stored.Record, held.Grace);
        await UpdateVolumeAsync(run, stored, held.Grace.Token);
        return Result(run, stored);
    }

    /// <summary>
    /// Nobody of another type was there when our lock was written, so the 2 s until it is ours for certain are spent on blocks. A block without a
    /// record is nothing: if the lock is refused after all, none of it was a backup.
    /// </summary>
    private async Task<Stored> StoreWhileLockSettlesAsync(
        Run run, StoreLock held, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var prepared = await PrepareAsync(run, cancellationToken);
        return await WithdrawOnFailureAsync(run, () => SideBySide.RunAsync(
            async token =>
            {
                await held.ConfirmAsync(token);
                await DeclareAsync(run, prepared.Volume, held, token);
            },
            token => StoreBlocksAsync(run, prepared, progress, token),
            cancellationToken), held, cancellationToken);
    }

    private async Task<Stored> StoreAfterLockSettledAsync(
        Run run, StoreLock held, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        await held.ConfirmAsync(cancellationToken);
        var prepared = await PrepareAsync(run, cancellationToken);
        return await WithdrawOnFailureAsync(run, async () =>
        {
            await DeclareAsync(run, prepared.Volume, held, cancellationToken);
            return await StoreBlocksAsync(run, prepared, progress, cancellationToken);
        }, held, cancellationToken);
    }

    private async Task<Stored> WithdrawOnFailureAsync(Run run, Func<Task<Stored>> store, StoreLock held, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await store();
            held.EnsureHeld();
            await RefuseFinishedAsync(run, cancellationToken);
            return stored;
        }
        catch
        {
            await WithdrawAsync(run, held.Grace);
            throw;
        }
    }

    /// <summary>Says to everybody that this backup is being made: volume.cfg for a new volume, and the unfinished record.</summary>
    private async Task DeclareAsync(Run run, VolumeRecord planned, StoreLock held, CancellationToken cancellationToken)
    {
        await RemoveLeftoversAsync(run, held, cancellationToken);
        if (run.IsNewVolume && !await records.CreateVolumeAsync(run.Keys, planned, cancellationToken)
            && await records.RequireVolumeAsync(run.Keys, cancellationToken) is var other && other.CompressionMethod != planned.CompressionMethod)
            throw new VolumeLockedException(
                $"volume '{run.Keys.Volume}' was made by another backup at the same moment, with compression {other.CompressionMethod}. Run this one again.");
        run.IsDeclared = true;
        var unfinished = new BackupRecord { Name = run.Backup, VolumeName = run.Keys.Volume, CompressionMethod = planned.CompressionMethod };
        await records.WriteBackupAsync(run.Keys, unfinished, cancellationToken);
    }

    private async Task<Prepared> PrepareAsync(Run run, CancellationToken cancellationToken)
    {
        var volume = await records.ReadVolumeAsync(run.Keys, cancellationToken);
        if (volume is not null && !CompressionMethods.TryParse(volume.CompressionMethod, out _))
            throw new AnkoleException(ErrorKind.Damaged,
                $"volume '{run.Keys.Volume}' says that its blocks are compressed by '{volume.CompressionMethod}', which is unknown here. Known are lz4, gzip and none.");
        var isContinued = await IsUnfinishedAsync(run, cancellationToken);
        var (last, problem) = await ReadLastAsync(run, volume, cancellationToken);
        run.IsNewVolume = volume is null;
        var planned = volume ?? await PlanVolumeAsync(run, cancellationToken);
        ChooseBlockSize(run, last);
        return new Prepared(planned, BaseChoice.Make(run.Request, run.BlockSize, run.Source, volume, last, problem), isContinued);
    }

    private static void ChooseBlockSize(Run run, BackupRecord? last)
    {
        if (last is { IsFinished: true, IsSingleFile: false })
            run.KeptBlockSize = last.BlockSize;
        run.BlockSize = run.Request.BlockSize ?? run.KeptBlockSize ?? BackupRecord.DefaultBlockSize;
        run.Request.CheckSize(run.Source, run.BlockSize);
        if (run.KeptBlockSize is { } kept && kept != run.BlockSize)
            run.Notes.Add(
                $"The volume's last backup has blocks of {ByteSize.Format(kept)}, this one of {ByteSize.Format(run.BlockSize)}, so it stands for itself. " +
                "Longhorn compares no block sizes: should it make the next backup of this volume, let that be a full one, or it restores wrong bytes.");
    }

    /// <summary>True when an earlier run of the same name was interrupted: this one takes its place.</summary>
    private async Task<bool> IsUnfinishedAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Request.Backup is null)
            return false;
        try
        {
            var same = await records.ReadBackupAsync(run.Keys, run.Backup, cancellationToken);
            return same is { IsFinished: true } ? throw Exists(run) : same is not null;
        }
        catch (RecordDamagedException e)
        {
            throw new AnkoleException(ErrorKind.Damaged, $"{e.Message} Delete backup '{run.Backup}' or choose another name.", e);
        }
    }

    private static AnkoleException Exists(Run run) => new(
        ErrorKind.Refused, $"backup '{run.Backup}' of volume '{run.Keys.Volume}' exists already. Choose another name, or delete it first.");

    private async Task<(BackupRecord? Last, string? Problem)> ReadLastAsync(Run run, VolumeRecord? volume, CancellationToken cancellationToken)
    {
        // A full backup has no base; the last one only tells the size of its blocks.
        if (volume is null || !ObjectName.IsValid(volume.LastBackupName) || run.Request is { Mode: BackupMode.Full, BlockSize: not null })
            return (null, null);
        try
        {
            return (await records.ReadBackupAsync(run.Keys, volume.LastBackupName, cancellationToken), null);
        }
        catch (RecordDamagedException e)
        {
            run.Notes.Add($"The last backup cannot serve as base: {e.Message}");
            return (null, $"the record of the last backup '{volume.LastBackupName}' is damaged");
        }
    }

    /// <summary>Unfinished records and locks of runs that were certainly killed on this machine.</summary>
    private async Task RemoveLeftoversAsync(Run run, StoreLock held, CancellationToken cancellationToken)
    {
        foreach (var left in held.LeftByTheDead)
        {
            var backup = left.Record!.Holder.Backup;
            // The dead run's name may be in use again: somebody repeats it beside this backup, and may finish its record at any moment.
            if (backup.Length > 0 && backup != run.Backup && ObjectName.IsValid(backup)
                && await Leftovers.RemoveUnfinishedAsync(records, run.Keys, backup, token => held.IsBeingMadeAsync(backup, token), cancellationToken))
                run.Notes.Add($"Removed the unfinished backup '{backup}' of a run that was killed.");
            await records.Objects.DeleteAsync([left.Key], cancellationToken);
        }
    }

    private async Task<VolumeRecord> PlanVolumeAsync(Run run, CancellationToken cancellationToken) =>
        await LostVolumeAsync(run, cancellationToken) ?? new VolumeRecord
        {
            Name = run.Keys.Volume, SizeBytes = run.Source.SizeBytes, Labels = run.Request.AllVolumeLabels, CreatedTime = RecordTime.Format(time.GetUtcNow()),
            BackingImageName = run.Request.BackingImageName ?? "", BackingImageChecksum = run.Request.BackingImageChecksum ?? "",
            CompressionMethod = CompressionMethods.NameOf(run.Request.Compression), StorageClassName = run.Request.StorageClassName ?? "",
        };

    /// <summary>A volume that lost its volume.cfg but has backups goes on with their method (backupstore format, section 22.2).</summary>
    private async Task<VolumeRecord?> LostVolumeAsync(Run run, CancellationToken cancellationToken)
    {
        BackupRecord? newest = null;
        foreach (var name in (await records.ListBackupsAsync(run.Keys, cancellationToken)).Keys)
        {
            var record = await records.ReadBackupAsync(run.Keys, name, cancellationToken);
            if (record is { IsFinished: true } && string.CompareOrdinal(record.SnapshotCreatedAt, newest?.SnapshotCreatedAt) > 0)
                newest = record with { Name = name };
        }
        if (newest is null)
            return null;
        run.KeptBlockSize = newest.BlockSize;
        run.Notes.Add($"volume.cfg was missing although the volume has backups; it was made again from '{newest.Name}'.");
        return new VolumeRecord
        {
            Name = run.Keys.Volume, SizeBytes = run.Source.SizeBytes, CreatedTime = RecordTime.Format(time.GetUtcNow()), LastBackupName = newest.Name,
            LastBackupAt = newest.SnapshotCreatedAt, CompressionMethod = newest.CompressionMethod, Labels = newest.Labels,
        };
    }

    private async Task<Stored> StoreBlocksAsync(
        Run run, Prepared prepared, IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        var volume = prepared.Volume;
        var request = run.Request;
        var blockSize = run.BlockSize;
        if (!CompressionMethods.TryParse(volume.CompressionMethod, out var method))
            throw new InvalidOperationException("the method was checked before");
        if (method != request.Compression)
            run.Notes.Add($"The volume's blocks are compressed by {volume.CompressionMethod} since its first backup; that stays so.");

        // Over a backing image, an offset that is not listed shows the image's bytes: zeros must be listed there.
        var hasBackingImage = (request.BackingImageName ?? volume.BackingImageName).Length > 0;
        var inherited = prepared.Base.Inherits ? prepared.Base.Recorded!.Blocks : null;
        var known = new KnownBlocks(
            records.Objects, run.Keys.Blocks, length => method == CompressionMethod.None ? length == blockSize : length > 0,
            prepared.Base.Recorded?.Blocks, volume.BlockCount, rewriteAll: request.Mode == BackupMode.Full);
        if (prepared.Base.Recorded is null || prepared.IsContinued || request.CheckInherited || known.IsListingCheap)
            await known.ListNowAsync(cancellationToken);

        await using var batch = records.Objects.CreateBatch();
        var uploader = new BlockUploader(
            run.Source, blockSize, method, run.Keys.Blocks, known, batch, options.BoundsFor(blockSize).Within(request.MaxBlocksAtOnce), time,
            offset => hasBackingImage || inherited?.IndexOf(offset) >= 0);
        var changed = await BlockRanges.ChangedAsync(
            run.Source, prepared.Base.InheritsFrom, blockSize, everything: hasBackingImage && run.Source is not ISnapshotSource, cancellationToken);
        var done = 0L;
        var total = changed.TotalBytes;
        void Report(long bytes) => progress?.Report(new OperationProgress("backing up", Interlocked.Add(ref done, bytes), total));

        await uploader.UploadAsync(changed.Offsets(), Report, cancellationToken);
        var blocks = Merge(inherited, uploader.Found, run.Source.SizeBytes, out var inheritedCount);
        var healed = 0;
        if (known.IsListed)
            (blocks, healed) = await HealAsync(run, uploader, known, blocks, Report, cancellationToken);
        await batch.CommitAsync(cancellationToken);

        var record = Finished(run, volume, prepared.Base, blocks) with { NewlyUploadedBytes = uploader.BytesNew, ReUploadedBytes = uploader.BytesReplaced };
        return new Stored(prepared, record, uploader.Statistics with { BlocksInherited = Math.Max(0, inheritedCount - healed) }, uploader.BlocksNew);
    }

    /// <summary>Reads and sends again what the list names but the store has not (backupstore format, section 22.6).</summary>
    private static async Task<(BlockList Blocks, int Healed)> HealAsync(
        Run run, BlockUploader uploader, KnownBlocks known, BlockList blocks, Action<long> report, CancellationToken cancellationToken)
    {
        var missing = new List<long>();
        for (var i = 0; i < blocks.Count; i++)
            if (!known.IsStored(blocks.Checksums[i]))
                missing.Add(blocks.Offsets[i]);
        if (missing.Count == 0)
            return (blocks, 0);
        uploader.ForgetFound();
        await uploader.UploadAsync(missing, report, cancellationToken);
        run.Notes.Add($"{missing.Count} blocks that the base names were missing from the store or empty; they were read from the source and stored again.");
        var without = new HashSet<long>(missing);
        var builder = new BlockList.Builder(blocks.Count);
        for (var i = 0; i < blocks.Count; i++)
            if (!without.Contains(blocks.Offsets[i]))
                builder.Add(blocks.Offsets[i], blocks.Checksums[i]);
        return (Merge(builder.Build(out _), uploader.Found, run.Source.SizeBytes, out _), missing.Count);
    }

    /// <summary>What was looked at, and what the base lists elsewhere below the volume's end (backupstore format, sections 9.7 and 22.8).</summary>
    private static BlockList Merge(BlockList? inherited, BlockList.Builder found, long sizeBytes, out int inheritedCount)
    {
        var looked = found.Build(out _);
        inheritedCount = 0;
        if (inherited is null)
            return looked;
        var merged = new BlockList.Builder(inherited.Count + looked.Count);
        var next = 0;
        for (var i = 0; i < inherited.Count && inherited.Offsets[i] < sizeBytes; i++)
        {
            for (; next < looked.Count && looked.Offsets[next] < inherited.Offsets[i]; next++)
                merged.Add(looked.Offsets[next], looked.Checksums[next]);
            if (next < looked.Count && looked.Offsets[next] == inherited.Offsets[i])
                continue;
            merged.Add(inherited.Offsets[i], inherited.Checksums[i]);
            inheritedCount++;
        }
        for (; next < looked.Count; next++)
            merged.Add(looked.Offsets[next], looked.Checksums[next]);
        return merged.Build(out _);
    }

    private BackupRecord Finished(Run run, VolumeRecord volume, BaseChoice chosen, BlockList blocks) => new()
    {
        Name = run.Backup, VolumeName = run.Keys.Volume, SnapshotName = run.SnapshotName, SnapshotCreatedAt = RecordTime.Format(run.StartedAt),
        CreatedTime = RecordTime.Format(time.GetUtcNow()), SizeBytes = (long)blocks.Count * run.BlockSize, Labels = run.Request.Labels,
        Parameters = new Dictionary<string, string>
        {
            [BackupRecord.BlockSizeParameter] = run.BlockSize.ToString(),
            [BackupRecord.ModeParameter] = run.Request.Mode == BackupMode.Full ? "full" : "incremental",
        },
        IsIncremental = chosen.IsIncremental, CompressionMethod = volume.CompressionMethod, Blocks = blocks, BlockSize = run.BlockSize,
    };

    /// <summary>A put whose answer was lost may have been done all the same: then the backup exists, and saying that it failed would be wrong.</summary>
    private async Task WriteFinishedAsync(Run run, BackupRecord record, GraceTime grace)
    {
        try
        {
            await records.WriteBackupAsync(run.Keys, record, grace.Token);
        }
        catch (ObjectStoreException)
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(grace.Token);
            bound.CancelAfter(options.TidyingUp);
            if (!await IsStoredAsync(run, record, bound.Token))
                throw;
        }
    }

    private async Task<bool> IsStoredAsync(Run run, BackupRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await records.ReadBackupAsync(run.Keys, run.Backup, cancellationToken) is { IsFinished: true } found
                && found.CreatedTime == record.CreatedTime && found.Blocks.Count == record.Blocks.Count;
        }
        catch (Exception e) when (e is AnkoleException or OperationCanceledException)
        {
            // Nobody can tell; what the caller hears is why the record could not be written.
            return false;
        }
    }

    /// <summary>Two runs of one name at once: the second to finish gives way.</summary>
    private async Task RefuseFinishedAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.Request.Backup is not null && await records.ReadBackupAsync(run.Keys, run.Backup, cancellationToken) is { IsFinished: true })
        {
            run.IsSomebodyElses = true;
            throw Exists(run);
        }
    }

    /// <summary>Takes the unfinished record away after a failure, so that it blocks nobody. What was stored is found again by the next run.</summary>
    private async Task WithdrawAsync(Run run, GraceTime grace)
    {
        if (!run.IsDeclared || run.IsSomebodyElses)
            return;
        grace.BeginTidyingUp();
        try
        {
            await Leftovers.RemoveUnfinishedAsync(records, run.Keys, run.Backup, isBeingMade: null, grace.Token);
        }
        catch (Exception e) when (e is AnkoleException or OperationCanceledException)
        {
            // The store is out of reach, which the caller is about to be told. The record stays; running the backup again takes it over.
        }
    }

    /// <summary>Reads volume.cfg again and writes what is ours into it; the last backup only moves forward (backupstore format, section 22.9).</summary>
    private async Task UpdateVolumeAsync(Run run, Stored stored, CancellationToken cancellationToken)
    {
        var (record, before) = (stored.Record, stored.Prepared.Volume);
        var current = await records.ReadVolumeAsync(run.Keys, cancellationToken) ?? before;
        var isNewest = current.LastBackupName == before.LastBackupName
            || string.CompareOrdinal(record.SnapshotCreatedAt, current.LastBackupAt) >= 0;
        var updated = current with { BlockCount = current.BlockCount + stored.NewBlocks };
        if (isNewest)
            updated = updated with
            {
                SizeBytes = run.Source.SizeBytes, Labels = run.Request.AllVolumeLabels, LastBackupName = record.Name, LastBackupAt = record.SnapshotCreatedAt,
                BackingImageName = run.Request.BackingImageName ?? current.BackingImageName,
                BackingImageChecksum = run.Request.BackingImageChecksum ?? current.BackingImageChecksum,
                StorageClassName = run.Request.StorageClassName ?? current.StorageClassName,
            };
        await records.WriteVolumeAsync(run.Keys, updated, cancellationToken);
    }

    private BackupResult Result(Run run, Stored stored)
    {
        var (chosen, record) = (stored.Prepared.Base, stored.Record);
        return new BackupResult
        {
            Volume = run.Keys.Volume, Backup = run.Backup, VolumeSizeBytes = run.Source.SizeBytes, Blocks = record.Blocks.Count,
            IsIncremental = record.IsIncremental, Base = chosen.IsIncremental ? chosen.Recorded!.Name : "", BaseReason = chosen.Reason, Notes = run.Notes,
            Statistics = stored.Statistics with
            {
                Requests = records.Objects.Requests.Snapshot() - run.RequestsBefore, Elapsed = time.GetElapsedTime(run.StartedTimestamp),
            },
        };
    }

    /// <summary>What one call works with.</summary>
    private sealed record Run(BackupRequest Request, IBlockSource Source, VolumeKeys Keys, string Backup)
    {
        public required DateTimeOffset StartedAt { get; init; }

        public required long StartedTimestamp { get; init; }

        public required RequestCounts RequestsBefore { get; init; }

        public List<string> Notes { get; } = [];

        public bool IsNewVolume { get; set; }

        /// <summary>Of the volume's last backup; null where there is none.</summary>
        public int? KeptBlockSize { get; set; }

        /// <summary>Of this backup, once the last one was looked at.</summary>
        public int BlockSize { get; set; }

        /// <summary>Our unfinished record may be in the store.</summary>
        public bool IsDeclared { get; set; }

        public bool IsSomebodyElses { get; set; }

        public string SnapshotName => Request.SnapshotName ?? (Source as ISnapshotSource)?.SnapshotName ?? Backup;
    }

    /// <param name="Volume">As stored, or as it will be made.</param>
    /// <param name="IsContinued">An earlier run of the same name was interrupted.</param>
    private sealed record Prepared(VolumeRecord Volume, BaseChoice Base, bool IsContinued);

    /// <summary>Every block is in the store, durable; the record is not written yet.</summary>
    private sealed record Stored(Prepared Prepared, BackupRecord Record, OperationStatistics Statistics, long NewBlocks);
}
