using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>One restore into a volume: of the backup that its URL names, or, for a volume that follows, of the newest one.</summary>
internal sealed class VolumeRestoreRun(
    ControllerServices services, TargetSync sync, VolumeResource volume, ReplicaResource replica, string target, BackupUrl url, bool isFollowing)
{
    private BackupstoreLease? lease;

    public long Pulse => lease?.Pulse ?? 0;

    /// <summary>The backup that the volume holds at the end.</summary>
    public string Restored { get; private set; } = volume.Status.LastRestoredBackup;

    /// <summary>0 when nothing had to be restored.</summary>
    public long SizeBytes { get; private set; }

    private string Source => url.Volume!;

    private bool IsFirst => volume.Status.LastRestoredBackup.Length == 0;

    public async Task RunAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        lease = await services.Clients.OpenAsync(target, cancellationToken);
        await using (lease)
        {
            var backup = await ChooseAsync(meter, cancellationToken);
            if (backup == volume.Status.LastRestoredBackup && volume.Status.RestoringBackup.Length == 0)
                return;
            await using var restore = await OpenAsync(backup, cancellationToken);
            await WriteAsync(restore, backup, meter, cancellationToken);
            Restored = backup;
        }
    }

    private async Task<string> ChooseAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        if (!isFollowing && url.Backup is { } named)
            return named;
        var summary = await lease!.Store.FindVolumeAsync(Source, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.NotFound, $"backup target '{target}' holds no volume '{Source}'.");
        if (isFollowing)
            await sync.SyncVolumeAsync(lease, Source, meter, cancellationToken);
        return summary.Record?.LastBackupName is { Length: > 0 } newest
            ? newest
            : throw new AnkoleException(ErrorKind.NotFound, $"volume '{Source}' in backup target '{target}' has no finished backup: {summary.Problem ?? "none was made yet"}.");
    }

    /// <summary>
    /// Only the difference, where it is certain what the volume holds; otherwise everything. An interrupted step leaves a mixture that only the same
    /// step, or a whole restore, mends.
    /// </summary>
    private async Task<BackupRestore> OpenAsync(string backup, CancellationToken cancellationToken)
    {
        var status = volume.Status;
        var request = new RestoreRequest
        {
            Volume = Source, Backup = backup, MaxBlocksAtOnce = (int)await services.Store.ReadIntegerAsync(SettingCatalog.RestoreBlocksAtOnce, cancellationToken),
        };
        var isCertain = !IsFirst && (status.RestoringBackup.Length == 0 || status.RestoringBackup == backup) && status.LastRestoredBackup != backup;
        if (isCertain)
        {
            try
            {
                return await lease!.Store.OpenRestoreAsync(request with { Since = status.LastRestoredBackup }, cancellationToken);
            }
            catch (AnkoleException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Refused or ErrorKind.Damaged)
            {
                // The backup that the volume holds is gone from the target, or has other blocks: then everything is written.
            }
        }
        return await lease!.Store.OpenRestoreAsync(request, cancellationToken);
    }

    private async Task WriteAsync(BackupRestore restore, string backup, TransferMeter meter, CancellationToken cancellationToken)
    {
        var directory = replica.Spec.DataDirectoryName;
        var size = ByteRange.RoundUp(Math.Max(restore.SizeBytes, VolumeReplicas.RoundedSize(volume.Spec)), Volumes.Replica.SizeMultiple);
        if (IsFirst)
        {
            // What an earlier attempt wrote is of no use, and an empty directory needs no zeros written.
            await services.Engine.DeleteReplicaAsync(directory, cancellationToken);
            if (await Placement.CheckAsync(services, size - replica.Spec.SizeBytes, cancellationToken) is { } problem)
                throw new AnkoleException(ErrorKind.Unavailable, problem);
            await services.Engine.CreateReplicaAsync(directory, size, cancellationToken);
        }
        await services.Store.ChangeAsync<VolumeResource>(
            ResourceKey.Of(volume), status: true, current => current with { Status = current.Status with { RestoringBackup = backup } }, cancellationToken);
        await using var open = await services.Engine.OpenAsync(directory, ReplicaLimits.Of(volume.Spec), cancellationToken);
        if (open.Replica.SizeBytes < size)
            await open.Replica.ExpandAsync(size, cancellationToken);
        await restore.RunAsync(open.Replica, destinationIsZero: IsFirst, meter, cancellationToken);
        SizeBytes = open.Replica.SizeBytes;
        await services.Store.ChangeAsync<VolumeResource>(
            ResourceKey.Of(volume), status: false,
            current => current.Spec.SizeBytes >= SizeBytes ? current : current with { Spec = current.Spec with { Size = SizeBytes.ToString() } }, cancellationToken);
        await VolumeReplicas.MarkHealthyAsync(services, replica, SizeBytes, cancellationToken);
    }
}
