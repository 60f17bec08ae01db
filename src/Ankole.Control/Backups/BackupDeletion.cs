using Ankole.Core;

namespace Ankole.Control;

/// <summary>Deletes one backup in its target.</summary>
internal sealed class BackupDeletion(ControllerServices services, TargetSync sync, BackupResource backup, string target)
{
    private BackupstoreLease? lease;

    public long Pulse => lease?.Pulse ?? 0;

    public async Task RunAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        lease = await services.Clients.OpenAsync(target, cancellationToken);
        await using (lease)
        {
            try
            {
                await lease.Store.DeleteBackupAsync(backup.Spec.VolumeName, backup.StoredName(), dryRun: false, meter, cancellationToken);
            }
            catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
            {
                // What is to be gone is gone.
                return;
            }
            await sync.SyncVolumeAsync(lease, backup.Spec.VolumeName, meter, cancellationToken);
        }
    }
}
