using System.Security.Cryptography;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>Gives a restored volume the jobs back that were recorded with its backup: once, where the volume or the setting asks for it.</summary>
/// <remarks>
/// Longhorn's order: an existing job of the same name and content is taken, then one that was restored before with the same content, then one is
/// made, under its own name if that is free.
/// </remarks>
internal sealed class JobRestoration(IResourceStore store, IEventRecorder events)
{
    /// <summary>On a volume for which it is decided, with the names of the jobs that it got.</summary>
    public const string Annotation = "ankole.io/restored-recurring-jobs";

    private const string RestoredPrefix = "restored-recurring-job-";

    private readonly Admission rules = new([new RecurringJobAdmission()]);

    /// <summary>False while the backup's record is not known yet: ask again.</summary>
    public async ValueTask<bool> IsDecidedAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        if (volume.Spec.FromBackup.Length == 0 || volume.Metadata.Annotations.ContainsKey(Annotation))
            return true;
        IReadOnlyList<StoredJob> stored = [];
        if (await IsWantedAsync(volume, cancellationToken))
        {
            if (await FindBackupVolumeAsync(volume, cancellationToken) is { } backups)
                stored = await ReadAsync(volume, backups, cancellationToken);
            else if (volume.Status.RestoreRequired || volume.Status.State.Length == 0)
                return false;
        }
        var labels = new Dictionary<string, string>();
        var names = new List<string>();
        foreach (var job in stored)
            await RestoreAsync(volume, job, labels, names, cancellationToken);
        await MarkAsync(volume, labels, names, cancellationToken);
        return true;
    }

    private async ValueTask<bool> IsWantedAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        if (volume.Spec.Standby || volume.Spec.RestoreVolumeRecurringJob == "disabled")
            return false;
        if (volume.Spec.RestoreVolumeRecurringJob == "enabled")
            return true;
        var namesJobs = volume.Metadata.Labels.Keys.Any(key => JobLabels.SpeaksOfJobs(key) && key != JobLabels.OfGroup(JobLabels.DefaultGroup));
        return !namesJobs && await store.ReadBooleanAsync(SettingCatalog.RestoreVolumeRecurringJobs, cancellationToken);
    }

    private async ValueTask<BackupVolumeResource?> FindBackupVolumeAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        var url = BackupUrl.Parse(volume.Spec.FromBackup);
        var target = await TargetLocation.FindTargetAsync(store, url.Target, cancellationToken);
        return target is null || url.Volume is null ? null : await store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume(target.Name, url.Volume), cancellationToken);
    }

    private async ValueTask<IReadOnlyList<StoredJob>> ReadAsync(VolumeResource volume, BackupVolumeResource backups, CancellationToken cancellationToken)
    {
        try
        {
            return backups.Status.Labels.TryGetValue(StoredJobs.Label, out var json) ? StoredJobs.Read(json) : [];
        }
        catch (InvalidInputException e)
        {
            await TellAsync(volume, e.Message, cancellationToken);
            return [];
        }
    }

    private async ValueTask RestoreAsync(
        VolumeResource volume, StoredJob stored, Dictionary<string, string> labels, List<string> names, CancellationToken cancellationToken)
    {
        try
        {
            // What a backupstore says passes the same rules as what a person writes.
            var job = (RecurringJobResource)await rules.AdmitAsync(stored.Job, null, store, cancellationToken);
            var name = await FindAsync(job, cancellationToken) ?? await CreateAsync(job, cancellationToken);
            names.Add(name);
            if (stored.FromJob)
                labels[JobLabels.OfJob(name)] = JobLabels.Enabled;
            foreach (var group in stored.FromGroups.Where(job.Spec.Groups.Contains))
                labels[JobLabels.OfGroup(group)] = JobLabels.Enabled;
        }
        catch (InvalidResourceException e)
        {
            await TellAsync(volume, $"job '{stored.Job.Name}', recorded with the backup, was not restored: {e.Message}", cancellationToken);
        }
    }

    private async ValueTask<string?> FindAsync(RecurringJobResource job, CancellationToken cancellationToken)
    {
        var shared = await EffectiveJobs.ListSharedAsync(store, cancellationToken);
        return shared.FirstOrDefault(other => !other.IsDeleting && other.Name == job.Name && IsSame(other.Spec, job.Spec))?.Name
            ?? shared.FirstOrDefault(other => !other.IsDeleting && other.Name.StartsWith(RestoredPrefix, StringComparison.Ordinal) && IsSame(other.Spec, job.Spec))?.Name;
    }

    private async ValueTask<string> CreateAsync(RecurringJobResource job, CancellationToken cancellationToken)
    {
        if (await TryCreateAsync(job, cancellationToken))
            return job.Name;
        // Taken. Volumes that are restored side by side come to the same name for the same content, and so to one job.
        if (await FindAsync(job, cancellationToken) is { } found)
            return found;
        var content = Convert.ToHexStringLower(SHA256.HashData(Kinds.RecurringJob.ToJson(new RecurringJobResource { Spec = job.Spec })))[..16];
        job = job with { Metadata = job.Metadata with { Name = RestoredPrefix + content } };
        await TryCreateAsync(job, cancellationToken);
        return job.Name;
    }

    private async ValueTask<bool> TryCreateAsync(RecurringJobResource job, CancellationToken cancellationToken)
    {
        try
        {
            await store.CreateAsync(job, cancellationToken);
            return true;
        }
        catch (ResourceExistsException)
        {
            return false;
        }
    }

    private async ValueTask MarkAsync(VolumeResource volume, Dictionary<string, string> labels, List<string> names, CancellationToken cancellationToken) =>
        await store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: false, current =>
        {
            var merged = new Dictionary<string, string>(current.Metadata.Labels);
            foreach (var (key, value) in labels)
                merged.TryAdd(key, value);
            var annotations = new Dictionary<string, string>(current.Metadata.Annotations) { [Annotation] = string.Join(',', names) };
            return current with { Metadata = current.Metadata with { Labels = merged, Annotations = annotations } };
        }, cancellationToken);

    private ValueTask TellAsync(VolumeResource volume, string message, CancellationToken cancellationToken) =>
        events.RecordAsync(volume, warning: true, "JobsNotRestored", message, "volume-jobs", cancellationToken);

    private static bool IsSame(RecurringJobSpec one, RecurringJobSpec other) =>
        ListedJob.IsAs(one, other) && one.Concurrency == other.Concurrency && one.Groups.ToHashSet().SetEquals(other.Groups) &&
        one.Parameters.OrderBy(pair => pair.Key).SequenceEqual(other.Parameters.OrderBy(pair => pair.Key));
}
