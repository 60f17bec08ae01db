namespace Ankole.Control;

internal sealed partial class VolumeReconciler
{
    /// <summary>Work that still runs on it is stopped first, and looked after again this soon.</summary>
    private static readonly TimeSpan WaitForWork = TimeSpan.FromMilliseconds(500);

    /// <summary>A block device that is mounted keeps its volume; each look at it is told as an event.</summary>
    private static readonly TimeSpan WaitForUsers = TimeSpan.FromSeconds(15);

    /// <summary>The directory goes before the resources that lead to it: interrupted anywhere, it is simply run again.</summary>
    private async ValueTask<ReconcileResult> DeleteAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        if (!volume.Metadata.Finalizers.Contains(SystemNames.Finalizer))
            return ReconcileResult.Done;
        await ShowStateAsync(volume, VolumeState.Deleting, cancellationToken);
        if (await IsWorkedOnAsync(volume, cancellationToken))
            return ReconcileResult.After(WaitForWork);
        if (await TryDetachAsync(volume, cancellationToken) is not null)
            return ReconcileResult.After(WaitForUsers);
        await foreach (var replica in services.Store.ListAsync(
            Kinds.Replica, query => query with { Labels = LabelSelector.Of(SystemNames.VolumeLabel, volume.Name) }, cancellationToken))
        {
            await services.Engine.DeleteReplicaAsync(replica.Spec.DataDirectoryName, cancellationToken);
            await services.Store.DeleteAsync(ResourceKey.Of(replica), null, cancellationToken);
        }
        await foreach (var snapshot in SnapshotMirror.ListAsync(services.Store, volume.Name, cancellationToken))
        {
            await services.Store.DeleteAsync(ResourceKey.Of(snapshot), null, cancellationToken);
            await services.ReleaseAsync(snapshot, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        }
        restores.Forget(volume.Name);
        await services.Events.RecordAsync(volume, warning: false, "Delete", $"volume '{volume.Name}' and its snapshots are deleted; its backups stay.", Name, cancellationToken);
        await services.ReleaseAsync(volume, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task<bool> IsWorkedOnAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        const string Reason = "the volume is being deleted.";
        List<string> works = [VolumePurge.WorkId(volume), VolumeRestores.WorkId(volume)];
        await foreach (var backup in services.Store.ListAsync(
            Kinds.Backup, query => query with { Fields = [new FieldRequirement("spec.volumeName", volume.Name), new FieldRequirement("status.state", BackupState.InProgress)] },
            cancellationToken))
            works.Add(BackupReconciler.WorkId(backup));
        await foreach (var operation in services.Store.ListAsync(
            Kinds.VolumeOperation, query => query with { Fields = [new FieldRequirement("spec.volumeName", volume.Name)] }, cancellationToken))
            works.Add(VolumeOperationReconciler.WorkId(operation));
        var running = works.Where(services.Work.IsRunning).ToList();
        foreach (var work in running)
            services.Work.Cancel(work, Reason);
        return running.Count > 0;
    }
}
