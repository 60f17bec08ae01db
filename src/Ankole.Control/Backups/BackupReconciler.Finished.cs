using Ankole.Core;

namespace Ankole.Control;

internal sealed partial class BackupReconciler
{
    /// <summary>The pause between attempts at a deletion grows so many times: to two minutes. Most wait for a backup's lock, which is free soon.</summary>
    private const int MaxDeletionPauses = 4;

    public static string DeletionWorkId(BackupResource backup) => $"backup-deletion/{backup.Metadata.Uid}";

    /// <summary>A failed one goes after its time; a record is read again when somebody asks.</summary>
    private async ValueTask<ReconcileResult> LookAfterFinishedAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (backup.Spec.SyncRequestedAt is { } asked && asked > (backup.Status.LastSyncedAt ?? DateTimeOffset.MinValue) && backup.Status.State != BackupState.Error)
            ReadAgain(backup);
        if (backup.Status.State != BackupState.Error || backup.Spec.Mirrored)
            return ReconcileResult.Done;
        var minutes = await services.Store.ReadIntegerAsync(SettingCatalog.FailedBackupTtl, cancellationToken);
        if (minutes == 0)
            return ReconcileResult.Done;
        var left = (backup.Status.FinishedAt ?? backup.Metadata.CreationTimestamp ?? services.Now) + TimeSpan.FromMinutes(minutes) - services.Now;
        if (left > TimeSpan.Zero)
            return ReconcileResult.After(left);
        await services.Events.RecordAsync(
            backup, warning: true, BackupState.Error, $"failed backup '{backup.Name}' is removed after {minutes} minutes (setting failed-backup-ttl).", Name, cancellationToken);
        await services.Store.DeleteAsync(ResourceKey.Of(backup), new DeletePreconditions(backup.Metadata.Uid, null), cancellationToken);
        return ReconcileResult.Done;
    }

    private void ReadAgain(BackupResource backup) => services.Work.TryStart(new WorkItem($"backup-sync/{backup.Metadata.Uid}", "backup-sync", ResourceKey.Of(backup))
    {
        RunAsync = async (_, token) =>
        {
            await using var lease = await services.Clients.OpenAsync(TargetNameOf(backup), token);
            var record = await lease.Store.InspectBackupAsync(backup.Spec.VolumeName, backup.StoredName(), token);
            if (record.IsFinished)
                await services.Store.ChangeAsync<BackupResource>(
                    ResourceKey.Of(backup), status: true, current => current with { Status = BackupMirror.Fill(current.Status, record, lease, services.Now) }, token);
        },
        EndAsync = async (result, token) => await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => result.Outcome == WorkOutcome.Succeeded
            ? current
            : current with
            {
                Status = current.Status with
                {
                    LastSyncedAt = services.Now,
                    Conditions = current.Status.Conditions.With(new Condition("Stale", Condition.True, "SyncFailed", result.Reason), services.Now),
                },
            }, token),
    });

    private static string TargetNameOf(BackupResource backup) => backup.Status.BackupTargetName.Length > 0 ? backup.Status.BackupTargetName
        : backup.Spec.BackupTargetName.Length > 0 ? backup.Spec.BackupTargetName
        : backup.Metadata.Labels.GetValueOrDefault(SystemNames.BackupTargetLabel, SystemNames.DefaultTarget);

    /// <summary>
    /// First what runs is stopped, then the target's data goes, then the resource. Nothing of the target is touched when the resource alone is to go,
    /// when no attempt ever reached the target, or when the target's URL is another than the one the backup went to.
    /// </summary>
    private async ValueTask<ReconcileResult> DeleteAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (!backup.Metadata.Finalizers.Contains(SystemNames.Finalizer))
            return ReconcileResult.Done;
        services.Work.Cancel(WorkId(backup), "the backup is being deleted.");
        if (services.Work.IsRunning(WorkId(backup)) || services.Work.IsRunning(DeletionWorkId(backup)))
            return ReconcileResult.After(TimeSpan.FromSeconds(1));
        if (await services.Store.HasChangedAsync(backup, cancellationToken))
            return ReconcileResult.Done;
        if (DeletionRetryIn(backup) is { } pause && pause > TimeSpan.Zero)
            return ReconcileResult.After(pause);
        if (!await IsDataToGoAsync(backup, cancellationToken))
            return await LetGoAsync(backup, cancellationToken);
        await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current.Status.State == BackupState.Deleting
            ? current
            : current with { Status = current.Status with { State = BackupState.Deleting, Attempts = 0, FinishedAt = null } }, cancellationToken);
        var run = new BackupDeletion(services, sync, backup, TargetNameOf(backup));
        services.Work.TryStart(new WorkItem(DeletionWorkId(backup), $"deletion/{TargetNameOf(backup)}", ResourceKey.Of(backup))
        {
            RunAsync = run.RunAsync,
            ReportAsync = async (transfer, token) => await services.Store.ChangeAsync<BackupResource>(
                ResourceKey.Of(backup), status: true, current => current with { Status = current.Status with { Transfer = transfer } }, token),
            EndAsync = (result, token) => EndDeletionAsync(backup, result, token),
            Pulse = () => run.Pulse,
            StallAfter = services.Host.StallAfter,
        }, limit: 2);
        return ReconcileResult.After(TimeSpan.FromSeconds(30));
    }

    private async Task<bool> IsDataToGoAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (backup.Metadata.Labels.ContainsKey(SystemNames.DeleteResourceOnlyLabel))
            return false;
        var everReached = backup.Spec.Mirrored || backup.Status.StartedAt is not null || backup.Status.Url.Length > 0;
        if (!everReached || await services.Store.GetAsync(Kinds.BackupTarget, TargetNameOf(backup), cancellationToken) is not { IsDeleting: false } target)
            return false;
        return BackupMirror.TargetOf(backup.Status.Url) is not { } url || TargetLocation.Of(url) == TargetLocation.TryOf(target.Spec.BackupTargetUrl);
    }

    private TimeSpan? DeletionRetryIn(BackupResource backup) =>
        backup.Status is { State: BackupState.Deleting, Attempts: > 0, FinishedAt: { } failedAt } status
            ? failedAt + services.Host.RetryPause(Math.Min(status.Attempts, MaxDeletionPauses)) - services.Now
            : null;

    private async Task EndDeletionAsync(BackupResource backup, WorkResult result, CancellationToken cancellationToken)
    {
        if (result.Outcome == WorkOutcome.Succeeded)
        {
            await LetGoAsync(backup, cancellationToken);
            return;
        }
        // It stays until the target has let go of it, or somebody says that only the resource is to go.
        var message = $"{result.Reason} It is tried again; label the resource {SystemNames.DeleteResourceOnlyLabel}=true to remove it here alone.";
        var written = await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current with
        {
            Status = current.Status with { Error = message, Transfer = null, Attempts = current.Status.Attempts + 1, FinishedAt = services.Now },
        }, cancellationToken);
        if (written?.Status.Attempts == 1)
            await services.Events.RecordAsync(written, warning: true, "FailedDeleting", $"backup '{backup.Name}' could not be deleted: {message}", Name, cancellationToken);
    }

    private async ValueTask<ReconcileResult> LetGoAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (backup.Status.SnapshotName.Length > 0 && !backup.Spec.Mirrored
            && await services.Store.ReadBooleanAsync(SettingCatalog.AutoCleanupWhenDeleteBackup, cancellationToken))
            await services.Store.DeleteAsync(new ResourceKey(Kinds.Snapshot, null, backup.Status.SnapshotName), null, cancellationToken);
        await services.ReleaseAsync(backup, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        return ReconcileResult.Done;
    }
}
