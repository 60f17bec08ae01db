using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Makes the world's resources show what a target holds: every volume as a BackupVolume, every finished backup as a Backup, whoever wrote it.
/// What is not seen (any more) never makes a resource go: it is marked as stale, and only a person removes it.
/// </summary>
internal sealed class TargetSync(IResourceStore store, IEventRecorder events, TimeProvider time)
{
    /// <summary>Records read side by side.</summary>
    private const int RecordsInFlight = 4;

    /// <summary>
    /// How old a volume's time of the last look gets while nothing else changes: with thousands of volumes every look would rewrite all of them. When the
    /// target itself was looked at last stands on the BackupTarget.
    /// </summary>
    private static readonly TimeSpan LookedAtPrecision = TimeSpan.FromHours(1);

    /// <summary>What was not found, by uid: a backup counts as gone only when two looks say so. Lost at a restart: then it takes two more.</summary>
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> missed = new();

    /// <returns>A sentence when the target shows less than is known of it; otherwise empty.</returns>
    public async Task<(int Volumes, string Less)> SyncAsync(BackupstoreLease lease, TransferMeter meter, CancellationToken cancellationToken)
    {
        meter.Report(new OperationProgress("listing volumes", 0, 0));
        var summaries = await lease.Store.ListVolumesAsync(withBackups: true, cancellationToken);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var summary in summaries.Where(summary => ObjectName.IsValid(summary.Name)))
        {
            seen.Add(summary.Name);
            meter.Report(new OperationProgress($"reading volume {summary.Name}", seen.Count, summaries.Count));
            await SyncVolumeAsync(lease, summary, meter, cancellationToken);
        }
        var unseen = new List<string>();
        await foreach (var known in store.ListAsync(Kinds.BackupVolume, query => query with { Labels = StoreNames.Selector(lease.Target.Name) }, cancellationToken))
        {
            if (seen.Contains(known.Spec.VolumeName) || known.IsDeleting)
                continue;
            unseen.Add(known.Spec.VolumeName);
            await MarkVolumeStaleAsync(known, "NotListed", $"backup target '{lease.Target.Name}' does not list this volume any more; what is shown here is what it last held.", cancellationToken);
        }
        var less = unseen.Count == 0
            ? ""
            : $"the target lists {seen.Count} volumes and {unseen.Count} fewer than before ({string.Join(", ", unseen.Take(5))}{(unseen.Count > 5 ? ", …" : "")}). " +
              "Nothing was removed here. If they were really deleted there, delete their BackupVolumes.";
        return (seen.Count, less);
    }

    /// <summary>Reads one volume of the target anew; one that is not there (any more) changes nothing.</summary>
    public async Task SyncVolumeAsync(BackupstoreLease lease, string volume, TransferMeter meter, CancellationToken cancellationToken)
    {
        if (await lease.Store.FindVolumeAsync(volume, cancellationToken) is { } summary)
            await SyncVolumeAsync(lease, summary, meter, cancellationToken);
    }

    /// <summary>While a target cannot be read, its volumes say so.</summary>
    public async Task MarkUnreachableAsync(string target, string reason, CancellationToken cancellationToken)
    {
        await foreach (var known in store.ListAsync(Kinds.BackupVolume, query => query with { Labels = StoreNames.Selector(target) }, cancellationToken))
            await MarkVolumeStaleAsync(known, "TargetUnavailable", $"backup target '{target}' cannot be read ({reason}); what is shown here is what it last held.", cancellationToken);
    }

    private async Task SyncVolumeAsync(BackupstoreLease lease, VolumeSummary summary, TransferMeter meter, CancellationToken cancellationToken)
    {
        var target = lease.Target.Name;
        var resource = await EnsureVolumeAsync(target, summary.Name, cancellationToken);
        if (resource is null)
            return;
        var known = new Dictionary<string, BackupResource>(StringComparer.Ordinal);
        await foreach (var backup in store.ListAsync(Kinds.Backup, query => query with { Labels = StoreNames.Selector(target, summary.Name) }, cancellationToken))
            known[backup.StoredName()] = backup;

        var options = new ParallelOptions { MaxDegreeOfParallelism = RecordsInFlight, CancellationToken = cancellationToken };
        var mirrored = 0;
        var wanted = summary.Backups.Where(name => ObjectName.IsValid(name) && (!known.TryGetValue(name, out var backup) || IsToBeReadAgain(backup)));
        await Parallel.ForEachAsync(wanted, options, async (name, token) =>
        {
            if (await MirrorAsync(lease, summary.Name, name, known.GetValueOrDefault(name), token))
                Interlocked.Increment(ref mirrored);
            meter.Beat();
        });
        var problem = await CheckMissingAsync(lease, summary, known, cancellationToken);
        var finished = known.Values.Count(backup => backup.Status.State == BackupState.Completed) + mirrored;
        await WriteVolumeAsync(resource, summary, finished, problem, cancellationToken);
    }

    /// <summary>The volume's resource, made where there is none; null while it is being deleted. The target is not asked.</summary>
    public async Task<BackupVolumeResource?> EnsureVolumeAsync(string target, string volume, CancellationToken cancellationToken)
    {
        var name = StoreNames.BackupVolume(target, volume);
        if (await store.GetAsync(Kinds.BackupVolume, name, cancellationToken) is { } existing)
            return existing.IsDeleting ? null : existing;
        try
        {
            return await store.CreateAsync(new BackupVolumeResource
            {
                Metadata = new ObjectMeta { Name = name, Labels = StoreNames.Labels(target, volume), Finalizers = [SystemNames.Finalizer] },
                Spec = new BackupVolumeSpec { BackupTargetName = target, VolumeName = volume },
            }, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            return await store.GetAsync(Kinds.BackupVolume, name, cancellationToken);
        }
    }

    private static bool IsToBeReadAgain(BackupResource backup) =>
        !backup.IsDeleting && (backup.Status.State == BackupState.Unknown || (backup.Spec.Mirrored && backup.Status.State is BackupState.New or BackupState.Error));

    /// <returns>True when it is shown as completed now.</returns>
    private async Task<bool> MirrorAsync(BackupstoreLease lease, string volume, string name, BackupResource? known, CancellationToken cancellationToken)
    {
        BackupInspection found;
        try
        {
            found = await lease.Store.InspectBackupAsync(volume, name, cancellationToken);
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Deleted between the listing and now.
            return false;
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.Damaged)
        {
            found = new BackupInspection { Name = name, Volume = volume, IsFinished = true, Problem = e.Message };
        }
        if (!found.IsFinished)
            return false;
        var resource = known ?? await CreateMirrorAsync(lease.Target.Name, volume, name, cancellationToken);
        if (resource is null)
            return false;
        if (known is null && await lease.Store.HeadAsync(volume, name, cancellationToken) is null)
        {
            // Deleted between the look at it and now, by whoever had its resource before: what was just made shows nothing.
            await store.ChangeAsync<BackupResource>(
                ResourceKey.Of(resource), status: false, current => current with { Metadata = current.Metadata with { Finalizers = [] } }, cancellationToken);
            await store.DeleteAsync(ResourceKey.Of(resource), new DeletePreconditions(resource.Metadata.Uid, null), cancellationToken);
            return false;
        }
        missed.TryRemove(resource.Metadata.Uid ?? "", out _);
        await store.ChangeAsync<BackupResource>(ResourceKey.Of(resource), status: true, current => current with
        {
            Status = BackupMirror.Fill(current.Status, found, lease, time.GetUtcNow()),
        }, cancellationToken);
        return found.Problem is null;
    }

    private async Task<BackupResource?> CreateMirrorAsync(string target, string volume, string name, CancellationToken cancellationToken)
    {
        var resource = new BackupResource
        {
            Metadata = new ObjectMeta { Name = StoreNames.Mirrored(name), Labels = StoreNames.Labels(target, volume), Finalizers = [SystemNames.Finalizer] },
            Spec = new BackupSpec { VolumeName = volume, BackupTargetName = target, BackupName = name, Mirrored = true },
        };
        try
        {
            return await store.CreateAsync(resource, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            var taken = await store.GetAsync(Kinds.Backup, resource.Name, cancellationToken);
            if (taken is not null && taken.StoredName() == name && taken.Spec.VolumeName == volume && taken.Spec.BackupTargetName == target)
                return null;
        }
        try
        {
            return await store.CreateAsync(
                resource with { Metadata = resource.Metadata with { Name = StoreNames.MirroredApart(target, volume, name) } }, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            return null;
        }
    }

    /// <summary>Completed backups that the listing lacks. Returns what is wrong, or empty.</summary>
    private async Task<string> CheckMissingAsync(
        BackupstoreLease lease, VolumeSummary summary, Dictionary<string, BackupResource> known, CancellationToken cancellationToken)
    {
        var listed = summary.Backups.ToHashSet(StringComparer.Ordinal);
        var missing = known.Where(pair => !listed.Contains(pair.Key) && IsOfThisPlace(pair.Value, lease) && pair.Value.Status.State == BackupState.Completed && !pair.Value.IsDeleting).ToList();
        if (missing.Count == 0)
            return "";
        // Only a store that shows the volume's record and other backups is believed when it says that one is not there.
        var isBelieved = summary.Record is not null && listed.Count > 0;
        var problem = "";
        foreach (var (name, backup) in missing)
        {
            var uid = backup.Metadata.Uid ?? "";
            if (!isBelieved || await lease.Store.HeadAsync(summary.Name, name, cancellationToken) is not null)
            {
                missed.TryRemove(uid, out _);
                problem = $"the target's listing of this volume lacks {missing.Count} backups that it has held, '{name}' for one, and cannot be believed. Nothing was removed here.";
                continue;
            }
            if (missed.AddOrUpdate(uid, 1, (_, count) => count + 1) < 2)
                continue;
            missed.TryRemove(uid, out _);
            await MarkGoneAsync(backup, lease.Target.Name, cancellationToken);
        }
        return problem;
    }

    private static bool IsOfThisPlace(BackupResource backup, BackupstoreLease lease) =>
        BackupMirror.TargetOf(backup.Status.Url) is not { } url || TargetLocation.Of(url) == TargetLocation.Of(lease.Url);

    private async Task MarkGoneAsync(BackupResource backup, string target, CancellationToken cancellationToken)
    {
        var message = $"backup target '{target}' said twice that this backup is not there any more, while it shows others of the volume. " +
            "Somebody deleted it there, or it was lost. This resource stays until you delete it.";
        var changed = await store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current.Status.State != BackupState.Completed
            ? current
            : current with
            {
                Status = current.Status with
                {
                    State = BackupState.Unknown,
                    Conditions = current.Status.Conditions.With(new Condition("Stale", Condition.True, "NotFoundInTarget", message), time.GetUtcNow()),
                },
            }, cancellationToken);
        if (changed is not null)
            await events.RecordAsync(changed, warning: true, BackupState.Unknown, message, "backup-target", cancellationToken);
    }

    private async Task WriteVolumeAsync(BackupVolumeResource resource, VolumeSummary summary, int finished, string problem, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var stale = summary.Problem is { } unreadable
            ? new Condition("Stale", Condition.True, "Unreadable", unreadable)
            : problem.Length > 0
                ? new Condition("Stale", Condition.True, "ListingIncomplete", problem)
                : new Condition("Stale", Condition.False, "Synced", "");
        await store.ChangeAsync<BackupVolumeResource>(ResourceKey.Of(resource), status: true, current =>
        {
            var seen = current with { Status = Describe(current.Status, summary, finished) with { Conditions = current.Status.Conditions.With(stale, now) } };
            var isRecent = current.Status.LastSyncedAt is { } lookedAt && now - lookedAt < LookedAtPrecision;
            return isRecent && Kinds.BackupVolume.ToJson(seen).AsSpan().SequenceEqual(Kinds.BackupVolume.ToJson(current))
                ? current
                : seen with { Status = seen.Status with { LastSyncedAt = now } };
        }, cancellationToken);
    }

    /// <summary>What a record that cannot be read said before stays.</summary>
    private static BackupVolumeStatus Describe(BackupVolumeStatus before, VolumeSummary summary, int finished) => summary.Record is not { } record
        ? before with { BackupCount = finished }
        : before with
        {
            Size = record.SizeBytes.ToString(), Labels = record.Labels ?? new Dictionary<string, string>(), CreatedAt = RecordTime.Parse(record.CreatedTime),
            LastBackupName = record.LastBackupName, LastBackupAt = RecordTime.Parse(record.LastBackupAt), BackupCount = finished,
            DataStored = (record.BlockCount * BackupRecord.DefaultBlockSize).ToString(), BackingImageName = record.BackingImageName,
            StorageClassName = record.StorageClassName,
        };

    private async Task MarkVolumeStaleAsync(BackupVolumeResource known, string reason, string message, CancellationToken cancellationToken) =>
        await store.ChangeAsync<BackupVolumeResource>(ResourceKey.Of(known), status: true, current =>
            current.Status.Conditions.Find("Stale") is { Status: Condition.True } stale && stale.Reason == reason
                ? current
                : current with
                {
                    Status = current.Status with
                    {
                        Conditions = current.Status.Conditions.With(new Condition("Stale", Condition.True, reason, message), time.GetUtcNow()),
                    },
                }, cancellationToken);
}
