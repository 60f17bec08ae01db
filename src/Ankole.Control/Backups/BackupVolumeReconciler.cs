using Ankole.Core;

namespace Ankole.Control;

/// <summary>Reads a volume of a target again when somebody asks; deleted, the volume goes from the target with all its backups.</summary>
internal sealed class BackupVolumeReconciler(ControllerServices services, TargetSync sync) : IReconciler
{
    /// <summary>A deletion that failed is tried again this often.</summary>
    private static readonly TimeSpan RetryDeletion = TimeSpan.FromMinutes(1);

    public string Name => "backup-volume";

    public int MaxConcurrency => 2;

    public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.BackupVolume)];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.BackupVolume, key.Name, cancellationToken) is not { } volume)
            return ReconcileResult.Done;
        if (volume.IsDeleting)
            return await DeleteAsync(volume, cancellationToken);
        if (volume.Spec.SyncRequestedAt is { } asked && asked > (volume.Status.LastSyncedAt ?? DateTimeOffset.MinValue))
            ReadAgain(volume);
        return ReconcileResult.Done;
    }

    private void ReadAgain(BackupVolumeResource volume)
    {
        BackupstoreLease? lease = null;
        services.Work.TryStart(new WorkItem($"backup-volume-sync/{volume.Metadata.Uid}", "backup-sync", ResourceKey.Of(volume))
        {
            RunAsync = async (meter, token) =>
            {
                lease = await services.Clients.OpenAsync(volume.Spec.BackupTargetName, token);
                await using (lease)
                    await sync.SyncVolumeAsync(lease, volume.Spec.VolumeName, meter, token);
            },
            // Asked and answered, whatever the answer: otherwise it would be asked for ever.
            EndAsync = async (result, token) => await services.Store.ChangeAsync<BackupVolumeResource>(ResourceKey.Of(volume), status: true, current => current with
            {
                Status = current.Status with
                {
                    LastSyncedAt = services.Now,
                    Conditions = result.Outcome == WorkOutcome.Succeeded
                        ? current.Status.Conditions
                        : current.Status.Conditions.With(new Condition("Stale", Condition.True, "SyncFailed", result.Reason), services.Now),
                },
            }, token),
            Pulse = () => lease?.Pulse ?? 0,
            StallAfter = services.Host.StallAfter,
        });
    }

    private async ValueTask<ReconcileResult> DeleteAsync(BackupVolumeResource volume, CancellationToken cancellationToken)
    {
        if (!volume.Metadata.Finalizers.Contains(SystemNames.Finalizer))
            return ReconcileResult.Done;
        var id = $"backup-volume-deletion/{volume.Metadata.Uid}";
        if (services.Work.IsRunning(id) || await services.Store.HasChangedAsync(volume, cancellationToken))
            return ReconcileResult.Done;
        if (volume.Status.Conditions.Find("Deletion") is { LastTransitionTime: { } failedAt } && services.Now - failedAt < RetryDeletion)
            return ReconcileResult.After(failedAt + RetryDeletion - services.Now);
        if (volume.Metadata.Labels.ContainsKey(SystemNames.DeleteResourceOnlyLabel)
            || await services.Store.GetAsync(Kinds.BackupTarget, volume.Spec.BackupTargetName, cancellationToken) is not { IsDeleting: false })
        {
            await LetGoAsync(volume, cancellationToken);
            return ReconcileResult.Done;
        }
        BackupstoreLease? lease = null;
        services.Work.TryStart(new WorkItem(id, $"deletion/{volume.Spec.BackupTargetName}", ResourceKey.Of(volume))
        {
            RunAsync = async (meter, token) =>
            {
                lease = await services.Clients.OpenAsync(volume.Spec.BackupTargetName, token);
                await using (lease)
                    await DeleteDataAsync(lease, volume.Spec.VolumeName, meter, token);
            },
            EndAsync = (result, token) => result.Outcome == WorkOutcome.Succeeded ? LetGoAsync(volume, token) : TellFailedAsync(volume, result.Reason, token),
            Pulse = () => lease?.Pulse ?? 0,
            StallAfter = services.Host.StallAfter,
        }, limit: 2);
        return ReconcileResult.After(TimeSpan.FromSeconds(30));
    }

    private static async Task DeleteDataAsync(BackupstoreLease lease, string volume, TransferMeter meter, CancellationToken cancellationToken)
    {
        try
        {
            await lease.Store.DeleteVolumeAsync(volume, dryRun: false, meter, cancellationToken);
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
        {
            // What is to be gone is gone.
        }
    }

    /// <summary>Its backups went with it, so their resources go without asking the target again.</summary>
    private async Task LetGoAsync(BackupVolumeResource volume, CancellationToken cancellationToken)
    {
        await foreach (var backup in services.Store.ListAsync(
            Kinds.Backup, query => query with { Labels = StoreNames.Selector(volume.Spec.BackupTargetName, volume.Spec.VolumeName) }, cancellationToken))
        {
            if (!backup.Spec.Mirrored && !BackupState.IsFinal(backup.Status.State))
                continue;
            await services.Store.DeleteAsync(ResourceKey.Of(backup), new DeletePreconditions(backup.Metadata.Uid, null), cancellationToken);
            await services.ReleaseAsync(backup, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        }
        await services.ReleaseAsync(volume, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
    }

    private async Task TellFailedAsync(BackupVolumeResource volume, string reason, CancellationToken cancellationToken)
    {
        var message = $"{reason} It is tried again; label the resource {SystemNames.DeleteResourceOnlyLabel}=true to remove it here alone.";
        var written = await services.Store.ChangeAsync<BackupVolumeResource>(ResourceKey.Of(volume), status: true, current => current with
        {
            Status = current.Status with
            {
                Conditions = [.. current.Status.Conditions.Without("Deletion"), new Condition("Deletion", Condition.False, "Failed", message, services.Now)],
            },
        }, cancellationToken);
        if (written is not null)
            await services.Events.RecordAsync(written, warning: true, "FailedDeleting", message, Name, cancellationToken);
    }
}
