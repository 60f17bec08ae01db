using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Takes the snapshots that are asked for, attached or not, once: one that disappears later is never taken again under its name. A deleted one is
/// marked as removed in the chain and the resource goes; freeing its space is the volume's business (<see cref="VolumePurge"/>).
/// </summary>
internal sealed class SnapshotReconciler(ControllerServices services, SnapshotMirror mirror) : IReconciler
{
    /// <summary>A snapshot that could not be taken for this long will not be.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(10);

    public string Name => "snapshot";

    public int MaxConcurrency => 8;

    public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.Snapshot)];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.Snapshot, key.Name, cancellationToken) is not { } snapshot)
            return ReconcileResult.Done;
        var volume = await services.Store.GetAsync(Kinds.Volume, snapshot.Spec.Volume, cancellationToken);
        if (snapshot.IsDeleting)
            return await DeleteAsync(snapshot, volume, cancellationToken);
        var labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = StoreNames.LabelValue(snapshot.Spec.Volume) };
        if (await services.AdoptAsync(snapshot, labels, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken))
            return ReconcileResult.Done;
        if (!snapshot.Spec.CreateSnapshot || snapshot.Status.CreationTime is not null || snapshot.Status.Error.Length > 0)
            return ReconcileResult.Done;
        return await TakeAsync(snapshot, volume, cancellationToken);
    }

    private async ValueTask<ReconcileResult> TakeAsync(SnapshotResource snapshot, VolumeResource? volume, CancellationToken cancellationToken)
    {
        if (WhyNever(snapshot, volume) is { } reason)
            return await FailAsync(snapshot, reason, cancellationToken);
        var replica = await VolumeReplicas.FindAsync(services.Store, volume!.Name, cancellationToken);
        if (replica?.Status.HealthyAt is null)
            return services.Now - snapshot.Metadata.CreationTimestamp > GiveUpAfter
                ? await FailAsync(snapshot, $"volume '{volume.Name}' was not ready for {GiveUpAfter.TotalMinutes:0} minutes.", cancellationToken)
                : ReconcileResult.After(TimeSpan.FromSeconds(1));
        var directory = replica.Spec.DataDirectoryName;
        var name = SnapshotMirror.ChainNameOf(snapshot);
        try
        {
            await using var lease = await services.Engine.OpenAsync(directory, ReplicaLimits.Of(volume.Spec), cancellationToken);
            var before = await lease.Replica.InspectAsync(cancellationToken);
            // There already: this very snapshot, taken before the process was killed.
            if (!before.Disks.Any(disk => disk.Snapshot == name && !disk.Removed))
                await lease.Replica.SnapshotAsync(name, snapshot.Spec.Labels, cancellationToken);
            await mirror.SyncAsync(volume.Name, lease.Replica.InspectAsync, cancellationToken);
        }
        catch (AnkoleException e) when (!ControllerServices.MayPass(e))
        {
            return await FailAsync(snapshot, e.Message, cancellationToken);
        }
        catch (AnkoleException e) when (services.Now - snapshot.Metadata.CreationTimestamp > GiveUpAfter)
        {
            return await FailAsync(snapshot, e.Message, cancellationToken);
        }
        await services.Events.RecordAsync(snapshot, warning: false, "Create", $"snapshot '{name}' of volume '{volume.Name}' is taken.", Name, cancellationToken);
        return ReconcileResult.Done;
    }

    private static string? WhyNever(SnapshotResource snapshot, VolumeResource? volume) => volume switch
    {
        null => $"volume '{snapshot.Spec.Volume}' does not exist.",
        { IsDeleting: true } => $"volume '{snapshot.Spec.Volume}' is being deleted.",
        { Status.IsStandby: true } => $"volume '{snapshot.Spec.Volume}' is a standby volume: activate it first.",
        _ => null,
    };

    private async ValueTask<ReconcileResult> FailAsync(SnapshotResource snapshot, string reason, CancellationToken cancellationToken)
    {
        var written = await services.Store.ChangeAsync<SnapshotResource>(
            ResourceKey.Of(snapshot), status: true,
            current => current with { Status = current.Status with { ReadyToUse = false, Error = reason, ObservedGeneration = current.Metadata.Generation } }, cancellationToken);
        if (written is not null)
            await services.Events.RecordAsync(written, warning: true, "Failed", $"snapshot '{snapshot.Name}' was not taken: {reason}", Name, cancellationToken);
        return ReconcileResult.Done;
    }

    private async ValueTask<ReconcileResult> DeleteAsync(SnapshotResource snapshot, VolumeResource? volume, CancellationToken cancellationToken)
    {
        if (!snapshot.Metadata.Finalizers.Contains(SystemNames.Finalizer))
            return ReconcileResult.Done;
        if (volume is { IsDeleting: false })
        {
            if (await IsBeingBackedUpAsync(snapshot, cancellationToken))
                return ReconcileResult.After(TimeSpan.FromSeconds(5));
            await RemoveFromChainAsync(snapshot, volume, cancellationToken);
            await services.Events.RecordAsync(snapshot, warning: false, "Delete", $"snapshot '{snapshot.Name}' of volume '{volume.Name}' is removed.", Name, cancellationToken);
        }
        await services.ReleaseAsync(snapshot, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task RemoveFromChainAsync(SnapshotResource snapshot, VolumeResource volume, CancellationToken cancellationToken)
    {
        var replica = await VolumeReplicas.FindAsync(services.Store, volume.Name, cancellationToken);
        if (replica?.Status.HealthyAt is null || !services.Engine.HasReplica(replica.Spec.DataDirectoryName))
            return;
        var name = SnapshotMirror.ChainNameOf(snapshot);
        await services.Store.ChangeAsync<SnapshotResource>(
            ResourceKey.Of(snapshot), status: true, current => current with { Status = current.Status with { MarkRemoved = true, ReadyToUse = false } }, cancellationToken);
        await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
        try
        {
            await lease.Replica.RemoveAsync(name, cancellationToken);
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It is gone already: a purge was faster than the last attempt's end.
        }
    }

    /// <summary>A backup that begins in a moment, or is to be repeated, still needs it.</summary>
    private async Task<bool> IsBeingBackedUpAsync(SnapshotResource snapshot, CancellationToken cancellationToken)
    {
        await foreach (var backup in services.Store.ListAsync(
            Kinds.Backup,
            query => query with
            {
                Fields = [new FieldRequirement("spec.volumeName", snapshot.Spec.Volume), new FieldRequirement("status.state", BackupState.Completed, Equal: false)],
            },
            cancellationToken))
            if (!backup.Spec.Mirrored && !backup.IsDeleting && !BackupState.IsFinal(backup.Status.State)
                && (backup.Spec.SnapshotName == snapshot.Name || backup.Status.SnapshotName == snapshot.Name))
                return true;
        return false;
    }
}
