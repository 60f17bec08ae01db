using System.Collections.Concurrent;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Volumes that begin as a backup, and standby volumes that follow the newest one until they are activated.
/// </summary>
/// <remarks>
/// What a crash can interrupt: a first restore is begun again in a new directory; a standby volume's next step names the backup in its status before
/// the first byte, so that it is repeated, or, when something else is to be restored by then, everything is written anew.
/// </remarks>
internal sealed class VolumeRestores(ControllerServices services, TargetSync sync)
{
    private const string Component = "volume";

    /// <summary>How soon a standby volume tries again after a failure; its target's news brings it sooner.</summary>
    private static readonly TimeSpan FollowRetry = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Progress> progress = new(StringComparer.Ordinal);

    public static string WorkId(VolumeResource volume) => $"restore/{volume.Metadata.Uid}";

    public void Forget(string volume) => progress.TryRemove(volume, out _);

    /// <summary>Standby volumes that a BackupVolume's news concerns.</summary>
    public IEnumerable<string> FollowersOf(BackupVolumeResource volume) => progress
        .Where(entry => entry.Value.Follows == (volume.Spec.BackupTargetName, volume.Spec.VolumeName)).Select(entry => entry.Key);

    /// <returns>True when nothing stands against attaching the volume; otherwise the next step is under way.</returns>
    public async Task<bool> IsUsableAsync(VolumeResource volume, ReplicaResource replica, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var (spec, status) = (volume.Spec, volume.Status);
        var isFollowing = spec.FromBackup.Length > 0 && (spec.Standby || status.IsStandby);
        if (spec.FromBackup.Length == 0 || (!isFollowing && status.LastRestoredBackup.Length > 0 && !status.RestoreRequired))
            return true;
        if (!isFollowing && HasFailed(status))
        {
            seen.Fault();
            return false;
        }
        if (!isFollowing || status.LastRestoredBackup.Length == 0)
            seen.State = VolumeState.Creating;
        else
            seen.State = VolumeState.Detached;
        if (services.Work.IsRunning(WorkId(volume)) || await services.Store.HasChangedAsync(volume, cancellationToken))
            return false;
        if (!status.RestoreRequired || (spec.Standby && !status.IsStandby))
            await services.Store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: true, current => current with
            {
                Status = current.Status with { RestoreRequired = true, IsStandby = current.Status.IsStandby || current.Spec.Standby },
            }, cancellationToken);
        var own = progress.GetOrAdd(volume.Name, _ => new Progress());
        if (own.RetryAt is { } retry && retry > services.Now)
        {
            seen.LookAgainAfter(retry - services.Now);
            return false;
        }
        if (await BeginAsync(volume, replica, own, cancellationToken) is { } pause)
            seen.LookAgainAfter(pause);
        return false;
    }

    private static bool HasFailed(VolumeStatus status) => status.Conditions.Find(VolumeCondition.Restore)?.Reason == "RestoreFailure";

    /// <returns>When to look again; null: the end of the work brings the volume back.</returns>
    private async Task<TimeSpan?> BeginAsync(VolumeResource volume, ReplicaResource replica, Progress own, CancellationToken cancellationToken)
    {
        BackupUrl url;
        BackupTargetResource? target;
        try
        {
            url = BackupUrl.Parse(volume.Spec.FromBackup);
            target = await TargetLocation.FindTargetAsync(services.Store, url.Target, cancellationToken);
        }
        catch (InvalidInputException e)
        {
            await FailAsync(volume, own, e, e.Message, cancellationToken);
            return null;
        }
        if (target is null)
        {
            var problem = new AnkoleException(ErrorKind.NotFound, $"no backup target has the URL {url.Target}: create a BackupTarget for it, then the restore begins.");
            return await WaitAsync(volume, own, problem.Message, cancellationToken);
        }
        var isFollowing = volume.Spec.Standby || volume.Status.IsStandby;
        if (isFollowing)
        {
            own.Follows = (target.Name, url.Volume!);
            if (volume.Spec.Standby && await IsUpToDateAsync(volume, target.Name, url.Volume!, cancellationToken))
                return null;
        }
        var limit = await services.Store.ReadIntegerAsync(SettingCatalog.ConcurrentRestoreLimit, cancellationToken);
        var run = new VolumeRestoreRun(services, sync, volume, replica, target.Name, url, isFollowing);
        var started = services.Work.TryStart(new WorkItem(WorkId(volume), isFollowing ? "standby" : "restore", ResourceKey.Of(volume))
        {
            RunAsync = run.RunAsync,
            ReportAsync = (transfer, token) => ReportAsync(volume, transfer, token),
            EndAsync = (result, token) => result.Outcome == WorkOutcome.Succeeded
                ? SucceedAsync(volume, own, run, token)
                : FailAsync(volume, own, result.Error ?? new AnkoleException(ErrorKind.Failed, result.Reason), result.Reason, token),
            Pulse = () => run.Pulse,
            StallAfter = services.Host.StallAfter,
        }, isFollowing ? long.MaxValue : limit);
        if (started)
            return null;
        await ShowAsync(volume, Condition.True, "RestoreInProgress", $"{limit} restores run at the same time at most (setting concurrent-volume-backup-restore-per-node-limit): waiting.", cancellationToken);
        return TimeSpan.FromSeconds(30);
    }

    private async Task<bool> IsUpToDateAsync(VolumeResource volume, string target, string source, CancellationToken cancellationToken)
    {
        var status = volume.Status;
        if (status.LastRestoredBackup.Length == 0 || status.RestoringBackup.Length > 0)
            return false;
        return await services.Store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume(target, source), cancellationToken) is not { } backups
            || backups.Status.LastBackupName.Length == 0 || backups.Status.LastBackupName == status.LastRestoredBackup;
    }

    private async Task ReportAsync(VolumeResource volume, TransferStatus transfer, CancellationToken cancellationToken) =>
        await services.Store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: true, current => current with
        {
            Status = current.Status with
            {
                Restore = transfer,
                Conditions = current.Status.Conditions.With(new Condition(VolumeCondition.Restore, Condition.True, "RestoreInProgress", ""), services.Now),
            },
        }, cancellationToken);

    private async Task SucceedAsync(VolumeResource volume, Progress own, VolumeRestoreRun run, CancellationToken cancellationToken)
    {
        own.Attempts = 0;
        own.RetryAt = null;
        var before = volume.Status;
        var written = await services.Store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: true, current => current with
        {
            Status = current.Status with
            {
                RestoreRequired = volume.Spec.Standby, IsStandby = volume.Spec.Standby, LastRestoredBackup = run.Restored, RestoringBackup = "", Restore = null,
                CurrentSize = run.SizeBytes > 0 ? run.SizeBytes.ToString() : current.Status.CurrentSize,
                Conditions = current.Status.Conditions.With(new Condition(
                    VolumeCondition.Restore, Condition.False, volume.Spec.Standby ? "Following" : "Restored", $"the volume holds backup '{run.Restored}'."), services.Now),
            },
        }, cancellationToken);
        if (written is null)
            return;
        if (before.LastRestoredBackup != run.Restored)
            await services.Events.RecordAsync(written, warning: false, "Restored", $"volume '{volume.Name}' holds backup '{run.Restored}'.", Component, cancellationToken);
        if (before.IsStandby && !volume.Spec.Standby)
            await services.Events.RecordAsync(written, warning: false, "Activated", $"standby volume '{volume.Name}' is an ordinary volume now, as of backup '{run.Restored}'.", Component, cancellationToken);
    }

    private async Task FailAsync(VolumeResource volume, Progress own, Exception error, string reason, CancellationToken cancellationToken)
    {
        own.Attempts++;
        var isFollowing = volume.Spec.Standby || volume.Status.IsStandby;
        var isOver = !isFollowing && (!ControllerServices.MayPass(error) || own.Attempts >= services.Host.MaxAttempts);
        var message = isOver
            ? $"restoring {volume.Spec.FromBackup} failed: {reason} Delete the volume and create it again when that is mended."
            : $"attempt {own.Attempts} failed and is repeated: {reason}";
        own.RetryAt = services.Now + (isFollowing ? FollowRetry : services.Host.RetryPause(own.Attempts));
        var written = await ShowAsync(volume, isOver ? Condition.False : Condition.True, isOver ? "RestoreFailure" : "RestoreInProgress", message, cancellationToken);
        if (written is not null && (isOver || (isFollowing && own.Attempts == 1)))
            await services.Events.RecordAsync(written, warning: true, "FailedRestore", message, Component, cancellationToken);
    }

    private async Task<TimeSpan?> WaitAsync(VolumeResource volume, Progress own, string message, CancellationToken cancellationToken)
    {
        await ShowAsync(volume, Condition.True, "RestoreInProgress", message, cancellationToken);
        own.RetryAt = null;
        return TimeSpan.FromSeconds(15);
    }

    private ValueTask<VolumeResource?> ShowAsync(VolumeResource volume, string status, string reason, string message, CancellationToken cancellationToken) =>
        services.Store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: true, current => current with
        {
            Status = current.Status with
            {
                Restore = null,
                Conditions = current.Status.Conditions.With(new Condition(VolumeCondition.Restore, status, reason, message), services.Now),
            },
        }, cancellationToken);

    /// <summary>What this process knows of one volume's restores.</summary>
    private sealed class Progress
    {
        public int Attempts { get; set; }

        public DateTimeOffset? RetryAt { get; set; }

        public (string Target, string Volume)? Follows { get; set; }
    }
}
