using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>What each operation does.</summary>
internal sealed class OperationSteps(ControllerServices services, SnapshotMirror mirror)
{
    /// <summary>Longer lists of damage are for reports, not for resources.</summary>
    private const int MaxDamage = 100;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    public Task RunAsync(VolumeOperationResource operation, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken) => operation.Spec.Operation switch
    {
        "revert" => RevertAsync(operation.Spec, outcome, cancellationToken),
        "purge" => PurgeAsync(operation.Spec, outcome, meter, cancellationToken),
        "trim" => TrimAsync(operation.Spec, outcome, meter, cancellationToken),
        "expand" => ExpandAsync(operation.Spec, outcome, meter, cancellationToken),
        "verify" when operation.Spec.VolumeName.Length > 0 => VerifyVolumeAsync(operation.Spec, outcome, meter, cancellationToken),
        "verify" => VerifyStoredAsync(operation.Spec, outcome, meter, cancellationToken),
        _ => throw new InvalidInputException($"'{operation.Spec.Operation}' is no operation: write revert, purge, trim, expand or verify."),
    };

    /// <summary>A revert changes bytes under a client's feet, so nobody may have the volume attached through its frontend.</summary>
    private async Task RevertAsync(VolumeOperationSpec spec, OperationOutcome outcome, CancellationToken cancellationToken)
    {
        var (volume, replica) = await FindAsync(spec.VolumeName, cancellationToken);
        using var hold = services.Engine.FindAttached(volume.Name) is { HasFrontend: false }
            ? null
            : services.Engine.TryHoldDetached(volume.Name) ?? throw new AnkoleException(
                ErrorKind.Refused,
                $"volume '{volume.Name}' is attached, and a revert would change its bytes under its clients. Detach it, or attach it with disableFrontend=true.");
        var snapshot = await SnapshotMirror.ResolveAsync(services.Store, volume.Name, spec.SnapshotName, cancellationToken);
        await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
        await lease.Replica.RevertAsync(snapshot, cancellationToken);
        await mirror.SyncAsync(volume.Name, lease.Replica.InspectAsync, cancellationToken);
        outcome.Message = $"the volume is what it was at snapshot '{spec.SnapshotName}'.";
    }

    private async Task PurgeAsync(VolumeOperationSpec spec, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken)
    {
        if (await services.Store.ReadBooleanAsync(SettingCatalog.DisableSnapshotPurge, cancellationToken))
            throw new AnkoleException(ErrorKind.Refused, "purging is switched off by the setting disable-snapshot-purge. Set it to false first.");
        var (volume, replica) = await FindAsync(spec.VolumeName, cancellationToken);
        await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
        var result = await lease.Replica.PurgeAsync(meter, cancellationToken);
        await mirror.SyncAsync(volume.Name, lease.Replica.InspectAsync, cancellationToken);
        outcome.Message = $"{result.Deleted.Count} removed snapshots are gone, {ByteSize.Format(result.FreedBytes)} are free again" +
            (result.Waiting.Count > 0 ? $"; {result.Waiting.Count} wait: {result.Waiting[0].Name} because {result.Waiting[0].Reason}." : ".");
    }

    /// <summary>
    /// Only a file system knows which blocks its files no longer use. Where it is mounted from the volume's device on this host it is told to say so;
    /// otherwise blocks that hold nothing but zeros are freed.
    /// </summary>
    private async Task TrimAsync(VolumeOperationSpec spec, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken)
    {
        var (volume, replica) = await FindAsync(spec.VolumeName, cancellationToken);
        await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
        var attached = services.Engine.FindAttached(volume.Name);
        var mount = attached is { DevicePath.Length: > 0 } ? FileSystemTrim.FindMount(attached.DevicePath, File.ReadLines("/proc/self/mountinfo")) : null;
        if (mount is null)
        {
            var freed = await ZeroTrim.RunAsync(lease.Replica, meter, cancellationToken);
            outcome.Message = $"{ByteSize.Format(freed)} of zeros are holes now." + (attached is null ? "" :
                " Its file system is not mounted from a device of this host: run fstrim where it is mounted to free what its files no longer use.");
            return;
        }
        meter.Report(new OperationProgress($"fstrim {mount}", 0, 0));
        var before = (await lease.Replica.InspectAsync(cancellationToken)).AllocatedBytes;
        var unused = await FileSystemTrim.RunAsync(mount, cancellationToken);
        var after = (await lease.Replica.InspectAsync(cancellationToken)).AllocatedBytes;
        outcome.Message = $"the file system mounted at '{mount}' said of {ByteSize.Format(unused)} that they are unused; the volume takes {ByteSize.Format(Math.Max(0, before - after))} less.";
    }

    /// <summary>The volume's own reconciler lets it grow; this waits for it.</summary>
    private async Task ExpandAsync(VolumeOperationSpec spec, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken)
    {
        var wanted = ByteRange.RoundUp(ByteSize.Parse(spec.Size), Replica.SizeMultiple);
        var key = VolumeReconciler.KeyOf(spec.VolumeName);
        var volume = await services.Store.ChangeAsync<VolumeResource>(
            key, status: false,
            current => current.Spec.SizeBytes >= wanted ? current : current with { Spec = current.Spec with { Size = wanted.ToString() } }, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.NotFound, $"volume '{spec.VolumeName}' does not exist.");
        while (!(ByteSize.TryParse(volume.Status.CurrentSize, out var size) && size >= wanted))
        {
            meter.Report(new OperationProgress("waiting for the volume to grow", size, wanted));
            await Task.Delay(Glance, services.Time, cancellationToken);
            volume = await services.Store.GetAsync(Kinds.Volume, spec.VolumeName, cancellationToken)
                ?? throw new AnkoleException(ErrorKind.NotFound, $"volume '{spec.VolumeName}' does not exist any more.");
        }
        outcome.Message = $"the volume has {ByteSize.Format(wanted)}.";
    }

    /// <summary>Reads everything that is stored, and compares with the checksums that are recorded beside snapshots.</summary>
    private async Task VerifyVolumeAsync(VolumeOperationSpec spec, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken)
    {
        var (volume, replica) = await FindAsync(spec.VolumeName, cancellationToken);
        var path = Path.Combine(services.Engine.ReplicaFolder, replica.Spec.DataDirectoryName);
        var inspection = await services.Engine.InspectAsync(replica.Spec.DataDirectoryName, cancellationToken);
        var reader = ReplicaReader.Open(path, new ReplicaOptions());
        var damage = new List<string>();
        var (compared, unrecorded) = (0, 0);
        foreach (var disk in inspection.Disks.Where(disk => disk is { Snapshot: not null, Removed: false }))
        {
            meter.Report(new OperationProgress($"checking snapshot {disk.Snapshot}", compared + unrecorded, 0));
            switch (await reader.VerifyChecksumAsync(disk.Snapshot!, cancellationToken))
            {
                case null or { IsCurrent: false }:
                    unrecorded++;
                    break;
                case { Matches: true }:
                    compared++;
                    break;
                default:
                    damage.Add($"snapshot '{disk.Snapshot}' differs from its recorded checksum.");
                    break;
            }
        }
        await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
        var bytes = await StoredBytes.ReadAllAsync(lease.Replica, meter, cancellationToken);
        Conclude(outcome, damage, $"{ByteSize.Format(bytes)} could be read; {compared} snapshots equal their recorded checksums, {unrecorded} have none.");
    }

    private async Task VerifyStoredAsync(VolumeOperationSpec spec, OperationOutcome outcome, TransferMeter meter, CancellationToken cancellationToken)
    {
        var backup = spec.BackupName.Length == 0 ? null : await services.Store.GetAsync(Kinds.Backup, spec.BackupName, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.NotFound, $"backup '{spec.BackupName}' does not exist.");
        var target = backup?.Status.BackupTargetName ?? spec.BackupTargetName;
        await using var lease = await services.Clients.OpenAsync(target, cancellationToken);
        outcome.Pulse = () => lease.Pulse;
        var report = await lease.Store.VerifyAsync(backup?.Spec.VolumeName, backup?.StoredName(), deep: true, meter, cancellationToken);
        Conclude(
            outcome, [.. report.Damage.Select(damaged => $"{damaged.Key}: {damaged.Problem}")],
            $"{report.Backups} backups with {report.Blocks} blocks were read and equal their checksums.");
    }

    private static void Conclude(OperationOutcome outcome, List<string> damage, string whenClean)
    {
        if (damage.Count == 0)
        {
            outcome.Message = whenClean;
            return;
        }
        outcome.Damage = [.. damage.Take(MaxDamage)];
        throw new AnkoleException(ErrorKind.Damaged, $"{(damage.Count == 1 ? "1 damaged object was" : $"{damage.Count} damaged objects were")} found: {damage[0]}");
    }

    private async Task<(VolumeResource Volume, ReplicaResource Replica)> FindAsync(string name, CancellationToken cancellationToken)
    {
        var volume = await services.Store.GetAsync(Kinds.Volume, name, cancellationToken)
            ?? throw new AnkoleException(ErrorKind.NotFound, $"volume '{name}' does not exist.");
        if (volume.Status.RestoreRequired || volume.Status.IsStandby || volume.IsDeleting)
            throw new AnkoleException(ErrorKind.Refused, $"volume '{name}' is being restored, follows a backup, or is being deleted: wait, or activate it first.");
        var replica = await VolumeReplicas.FindAsync(services.Store, name, cancellationToken);
        return replica?.Status.HealthyAt is not null
            ? (volume, replica)
            : throw new AnkoleException(ErrorKind.Busy, $"volume '{name}' is not made yet: wait until it is detached or attached.");
    }
}
