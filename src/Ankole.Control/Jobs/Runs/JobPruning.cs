using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Deletes what a job need not keep on one volume. Deleting means asking for it: the resources' own reconcilers do the work, and nobody here waits
/// for that. What cannot be deleted now is left to the next run; it never stops a run.
/// </summary>
internal static class JobPruning
{
    /// <summary>Keeps the job's newest snapshots and, besides, those that are still needed.</summary>
    /// <param name="current">The run's own, empty before it exists.</param>
    public static Task SnapshotsAsync(JobOnVolume job, string current, CancellationToken cancellationToken) => NeverFailAsync(job, async () =>
    {
        var own = await JobResults.SnapshotsOfJobAsync(job, cancellationToken);
        var needed = await NeededSnapshotsAsync(job, current, behindLastBackup: JobTask.IsBackup(job.Job.Spec.Task), cancellationToken);
        // Calendar rules of a backup job are for its backups.
        var policy = RetentionPolicy.Of(job.Job.Spec);
        if (JobTask.IsBackup(job.Job.Spec.Task))
            policy = new RetentionPolicy(policy.Retain);
        await DeleteExpiredAsync(job, own, policy, needed, cancellationToken);
        await DeleteFailedAsync(job, own, needed, cancellationToken);
    }, cancellationToken);

    /// <summary>Keeps no snapshot of the job but those that are still needed.</summary>
    /// <param name="current">The run's own.</param>
    /// <param name="behindLastBackup">Keep the one behind the volume's last backup too, so that the next backup can build on it.</param>
    public static Task AllSnapshotsButAsync(JobOnVolume job, string current, bool behindLastBackup, CancellationToken cancellationToken) => NeverFailAsync(job, async () =>
    {
        var own = await JobResults.SnapshotsOfJobAsync(job, cancellationToken);
        var needed = await NeededSnapshotsAsync(job, current, behindLastBackup, cancellationToken);
        await DeleteExpiredAsync(job, own, new RetentionPolicy(0), needed, cancellationToken);
        await DeleteFailedAsync(job, own, needed, cancellationToken);
    }, cancellationToken);

    /// <summary>Of all snapshots of the volume, whoever made them, keeps the newest.</summary>
    /// <exception cref="AnkoleException">They could not be listed or deleted: here deleting is the task itself.</exception>
    public static async Task AnySnapshotsAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        var all = await JobResults.SnapshotsOfVolumeAsync(job, cancellationToken);
        var needed = await NeededSnapshotsAsync(job, current: "", behindLastBackup: false, cancellationToken);
        await DeleteExpiredAsync(job, all, RetentionPolicy.Of(job.Job.Spec), needed, cancellationToken);
    }

    /// <summary>Keeps the job's newest backups and those that its calendar rules name.</summary>
    public static Task BackupsAsync(JobOnVolume job, string target, string current, CancellationToken cancellationToken) => NeverFailAsync(job, async () =>
    {
        var own = (await JobResults.BackupsOfVolumeAsync(job, target, cancellationToken)).Where(backup => JobResults.IsOf(job, backup) && JobResults.Counts(backup));
        var byName = own.ToDictionary(backup => backup.Name);
        var decisions = Decide(job, byName.Values.Select(JobResults.ItemOf), RetentionPolicy.Of(job.Job.Spec));
        foreach (var decision in decisions.Where(decision => !decision.Keep && decision.Item.Name != current))
            await DeleteAsync(job, byName[decision.Item.Name], decision.Reason, cancellationToken);
    }, cancellationToken);

    private static async ValueTask DeleteExpiredAsync(
        JobOnVolume job, IReadOnlyList<SnapshotResource> snapshots, RetentionPolicy policy, HashSet<string> needed, CancellationToken cancellationToken)
    {
        var byName = snapshots.Where(JobResults.Counts).ToDictionary(snapshot => snapshot.Name);
        foreach (var decision in Decide(job, byName.Values.Select(JobResults.ItemOf), policy).Where(decision => !decision.Keep && !needed.Contains(decision.Item.Name)))
            await DeleteAsync(job, byName[decision.Item.Name], decision.Reason, cancellationToken);
    }

    /// <summary>Snapshots of earlier runs that failed: there is nothing behind them, and a job that fails for weeks must not pile them up.</summary>
    private static async ValueTask DeleteFailedAsync(
        JobOnVolume job, IReadOnlyList<SnapshotResource> snapshots, HashSet<string> needed, CancellationToken cancellationToken)
    {
        foreach (var snapshot in snapshots.Where(snapshot => snapshot.Status is { CreationTime: null, Error.Length: > 0 } && !needed.Contains(snapshot.Name)))
            await DeleteAsync(job, snapshot, "it failed", cancellationToken);
    }

    private static IEnumerable<RetentionDecision> Decide(JobOnVolume job, IEnumerable<RetentionItem> items, RetentionPolicy policy) =>
        Retention.Decide([.. items], policy, job.Services.Time.GetUtcNow(), CronZone.Find(job.Job.Spec.TimeZone)).Reverse();

    /// <summary>The run's own snapshot, those that unfinished backups read, and the one that the next backup can build on.</summary>
    private static async ValueTask<HashSet<string>> NeededSnapshotsAsync(JobOnVolume job, string current, bool behindLastBackup, CancellationToken cancellationToken)
    {
        var volume = await job.ReadVolumeAsync(cancellationToken);
        var backups = await JobResults.BackupsOfVolumeAsync(job, JobResults.TargetOf(volume), cancellationToken);
        var needed = backups.Where(backup => !BackupState.IsFinal(backup.Status.State)).Select(backup => backup.Spec.SnapshotName).ToHashSet();
        needed.Add(current);
        if (behindLastBackup && backups.Where(JobResults.Counts).MaxBy(backup => JobResults.ItemOf(backup).CreatedAt) is { } last)
            needed.Add(last.Status.SnapshotName is { Length: > 0 } name ? name : last.Spec.SnapshotName);
        return needed;
    }

    private static async ValueTask DeleteAsync(JobOnVolume job, Resource resource, string reason, CancellationToken cancellationToken)
    {
        await job.Services.Store.DeleteAsync(ResourceKey.Of(resource), new DeletePreconditions(resource.Metadata.Uid, null), cancellationToken);
        JobLog.Pruned(job.Services.Logger, job.Job.Name, job.Volume, resource.Kind, resource.Name, reason);
    }

    private static async Task NeverFailAsync(JobOnVolume job, Func<Task> prune, CancellationToken cancellationToken)
    {
        try
        {
            await prune();
        }
        catch (AnkoleException e)
        {
            JobLog.PruningFailed(job.Services.Logger, job.Job.Name, job.Volume, e);
            await job.Services.Events.RecordAsync(
                job.Job, warning: true, "FailedDeleting", $"Volume '{job.Volume}': old results were not deleted ({e.Message}) The next run tries again.",
                JobServices.Component, cancellationToken);
        }
    }
}
