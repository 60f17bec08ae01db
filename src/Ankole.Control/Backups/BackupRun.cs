using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>One attempt at one backup: reads the snapshot where it lies, attached or not, and sends what the target lacks.</summary>
internal sealed class BackupRun(
    ControllerServices services, TargetSync sync, BackupResource backup, bool wasBegunBefore, VolumeResource volume, string directory, string target, string snapshot)
{
    private BackupstoreLease? lease;
    private RequestCounts before;
    private BackupInspection? record;
    private BackupResult? result;

    public long Pulse => lease?.Pulse ?? 0;

    /// <summary>False while the snapshot is opened: what is not found then is missing on this host.</summary>
    public bool IsAtTarget { get; private set; } = true;

    public IReadOnlyDictionary<string, long> Requests
    {
        get
        {
            if (lease is null)
                return new Dictionary<string, long>();
            var counts = result?.Statistics.Requests ?? (lease.Store.Objects.Requests.Snapshot() - before);
            return new Dictionary<string, long>
            {
                ["list"] = counts.List, ["get"] = counts.Get, ["stat"] = counts.Stat, ["put"] = counts.Put, ["delete"] = counts.Delete, ["retries"] = counts.Retries,
            };
        }
    }

    /// <summary>Its record exists, and the resource says so.</summary>
    public bool IsComplete { get; private set; }

    public async Task RunAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        lease = await services.Clients.OpenAsync(target, cancellationToken);
        await using (lease)
        {
            before = lease.Store.Objects.Requests.Snapshot();
            record = wasBegunBefore ? await FindOwnRecordAsync(cancellationToken) : null;
            if (record is null)
            {
                IsAtTarget = false;
                await using var source = await services.Engine.OpenSnapshotAsync(directory, snapshot, cancellationToken);
                IsAtTarget = true;
                result = await lease.Store.BackUpAsync(await RequestAsync(cancellationToken), source, meter, cancellationToken);
                record = await lease.Store.InspectBackupAsync(volume.Name, backup.StoredName(), cancellationToken);
            }
            // Whoever sees the backup completed finds the backup volume that it belongs to.
            await sync.EnsureVolumeAsync(target, volume.Name, CancellationToken.None);
            await services.Store.ChangeAsync<BackupResource>(
                ResourceKey.Of(backup), status: true, current => current with { Status = Describe(current.Status) }, CancellationToken.None);
            IsComplete = true;
            try
            {
                await sync.SyncVolumeAsync(lease, volume.Name, meter, cancellationToken);
            }
            catch (AnkoleException)
            {
                // The backup is complete whatever the target says now; the next look at it shows the rest.
            }
        }
    }

    private BackupStatus Describe(BackupStatus status) => BackupMirror.Fill(status, record!, lease!, services.Now) with
    {
        SnapshotName = status.SnapshotName, Requests = Requests, Messages = result?.Notes ?? [], FinishedAt = services.Now,
    };

    /// <summary>An earlier attempt's record, finished by a process that was killed before it could say so.</summary>
    private async Task<BackupInspection?> FindOwnRecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            var found = await lease!.Store.InspectBackupAsync(volume.Name, backup.StoredName(), cancellationToken);
            return found.IsFinished && found.Snapshot == snapshot ? found : null;
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    private async ValueTask<BackupRequest> RequestAsync(CancellationToken cancellationToken)
    {
        var spec = volume.Spec;
        var labels = new Dictionary<string, string>(backup.Spec.Labels);
        if (volume.Metadata.Annotations.TryGetValue("ankole.io/kubernetes-status", out var kubernetes) && kubernetes.Length > 0)
            labels["KubernetesStatus"] = kubernetes;
        labels.TryAdd("longhorn.io/volume-access-mode", "rwo");
        return new BackupRequest
        {
            Volume = volume.Name, Backup = backup.StoredName(), SnapshotName = snapshot, Labels = labels,
            VolumeLabels = await StoredJobs.DescribeAsync(services.Store, volume, cancellationToken),
            Mode = backup.Spec.BackupMode == "full" ? BackupMode.Full : BackupMode.Incremental,
            BlockSize = ByteSize.TryParse(spec.BackupBlockSize, out var size) && size > 0 ? (int)size : null,
            Compression = spec.BackupCompressionMethod.Length > 0 && CompressionMethods.TryParse(spec.BackupCompressionMethod, out var method) ? method : CompressionMethod.Lz4,
            MaxBlocksAtOnce = (int)await services.Store.ReadIntegerAsync(SettingCatalog.BackupBlocksAtOnce, cancellationToken),
            StorageClassName = spec.StorageClassName.Length > 0 ? spec.StorageClassName : null,
        };
    }
}
