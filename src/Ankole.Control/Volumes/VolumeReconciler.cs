using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Makes a volume what its spec says.
/// <list type="number">
/// <item>its Replica resource, then its directory: empty, or filled by a restore;</item>
/// <item>the size: it grows, attached or not;</item>
/// <item>attached or detached, as its tickets come to;</item>
/// <item>what is in the chain is mirrored as Snapshots, and what was removed from it is purged;</item>
/// <item>deleted: work is stopped, clients are disconnected, the directory goes, then the resources.</item>
/// </list>
/// </summary>
internal sealed partial class VolumeReconciler : IReconciler
{
    public const string ReconcilerName = "volume";

    /// <summary>How often the bytes on disk of an attached volume are counted anew.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(5);

    private readonly ControllerServices services;
    private readonly SnapshotMirror mirror;
    private readonly VolumePurge purge;
    private readonly VolumeRestores restores;

    public VolumeReconciler(ControllerServices services, SnapshotMirror mirror, TargetSync sync)
    {
        this.services = services;
        this.mirror = mirror;
        purge = new VolumePurge(services);
        restores = new VolumeRestores(services, sync);
    }

    public string Name => ReconcilerName;

    public int MaxConcurrency => 8;

    public IReadOnlyList<ReconcilerWatch> Watches =>
    [
        ReconcilerWatch.Own(Kinds.Volume),
        new(Kinds.Replica, replica => [KeyOf(((ReplicaResource)replica).Spec.VolumeName)]),
        new(Kinds.Snapshot, snapshot => [KeyOf(((SnapshotResource)snapshot).Spec.Volume)]),
        // A backup's progress is nobody's business here; its end is: what it read may be purged now.
        new(Kinds.Backup, backup => BackupState.IsFinal(((BackupResource)backup).Status.State) && !((BackupResource)backup).Spec.Mirrored
            ? [KeyOf(((BackupResource)backup).Spec.VolumeName)] : []),
        new(Kinds.BackupVolume, volume => [KeyOf(((BackupVolumeResource)volume).Spec.VolumeName), .. restores.FollowersOf((BackupVolumeResource)volume).Select(KeyOf)]),
    ];

    public static ResourceKey KeyOf(string volume) => new(Kinds.Volume, null, volume);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.Volume, key.Name, cancellationToken) is not { } volume)
        {
            restores.Forget(key.Name);
            await services.Engine.DetachAsync(key.Name, cancellationToken);
            return ReconcileResult.Done;
        }
        if (volume.IsDeleting)
            return await DeleteAsync(volume, cancellationToken);
        if (await services.AdoptAsync(volume, new Dictionary<string, string>(), (resource, metadata) => resource with { Metadata = metadata }, cancellationToken))
            return ReconcileResult.Done;

        var seen = new VolumeObservation(volume.Status);
        try
        {
            await MakeTrueAsync(volume, seen, cancellationToken);
        }
        catch (AnkoleException e) when (e.Kind is ErrorKind.Damaged or ErrorKind.NotFound && e is not ResourceNotFoundException)
        {
            seen.Fault();
            seen.Tickets = AttachmentDecision.Refuse(volume.Spec.AttachmentTickets, "Faulted", e.Message);
            seen.Conditions.Add(new Condition(VolumeCondition.Scheduled, Condition.False, "ReplicaUnusable", e.Message));
            seen.LookAgainAfter(TimeSpan.FromMinutes(1));
        }
        catch (AnkoleException e)
        {
            seen.Tickets = AttachmentDecision.Refuse(volume.Spec.AttachmentTickets, "Failed", e.Message);
            ShowAttachment(volume, seen, services.Engine.FindAttached(volume.Name));
            await WriteAsync(volume, seen, cancellationToken);
            throw;
        }
        await WriteAsync(volume, seen, cancellationToken);
        return new ReconcileResult(seen.Again);
    }

    private async Task MakeTrueAsync(VolumeResource volume, VolumeObservation seen, CancellationToken cancellationToken)
    {
        if (await EnsureReplicaResourceAsync(volume, seen, cancellationToken) is not { } replica)
            return;
        if (!await restores.IsUsableAsync(volume, replica, seen, cancellationToken))
        {
            seen.Tickets = AttachmentDecision.Refuse(volume.Spec.AttachmentTickets, "Restoring", "the volume can be attached when its restore is finished.");
            return;
        }
        if (replica.Status.HealthyAt is null)
        {
            var size = VolumeReplicas.RoundedSize(volume.Spec);
            await services.Engine.CreateReplicaAsync(replica.Spec.DataDirectoryName, size, cancellationToken);
            await VolumeReplicas.MarkHealthyAsync(services, replica, size, cancellationToken);
        }
        else if (!services.Engine.HasReplica(replica.Spec.DataDirectoryName))
        {
            throw new AnkoleException(
                ErrorKind.NotFound,
                $"the replica directory '{replica.Spec.DataDirectoryName}' of volume '{volume.Name}' is gone from '{services.Engine.ReplicaFolder}'. " +
                "Put it back (is the disk mounted?), or restore the volume from a backup under another name.");
        }
        if (seen.State == VolumeState.Creating)
            seen.State = VolumeState.Detached;
        await AttachOrDetachAsync(volume, replica, seen, cancellationToken);
        await ExpandAsync(volume, replica, seen, cancellationToken);
        await ObserveAsync(volume, replica, seen, cancellationToken);
    }

    /// <summary>Null when there is none and none can be made; then the observation says why.</summary>
    private async Task<ReplicaResource?> EnsureReplicaResourceAsync(VolumeResource volume, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var replica = await VolumeReplicas.FindAsync(services.Store, volume.Name, cancellationToken);
        if (replica is null)
        {
            var hadOne = volume.Status.CurrentSize.Length > 0;
            var directory = VolumeReplicas.DirectoryNameFor(volume);
            if (hadOne && !services.Engine.HasReplica(directory))
                throw new AnkoleException(
                    ErrorKind.NotFound,
                    $"the Replica of volume '{volume.Name}' is gone, and there is no directory '{directory}' in '{services.Engine.ReplicaFolder}'. " +
                    "Run ankole doctor: it finds replica directories and makes their resources again.");
            if (!hadOne && await Placement.CheckAsync(services, VolumeReplicas.RoundedSize(volume.Spec), cancellationToken) is { } problem)
            {
                seen.State = VolumeState.Creating;
                seen.Tickets = AttachmentDecision.Refuse(volume.Spec.AttachmentTickets, "ReplicaSchedulingFailure", problem);
                seen.Conditions.Add(new Condition(VolumeCondition.Scheduled, Condition.False, "ReplicaSchedulingFailure", problem));
                seen.LookAgainAfter(TimeSpan.FromSeconds(30));
                return null;
            }
            replica = await VolumeReplicas.CreateAsync(services, volume, cancellationToken);
            if (hadOne)
                await VolumeReplicas.MarkHealthyAsync(services, replica, replica.Spec.SizeBytes, cancellationToken);
        }
        seen.Conditions.Add(volume.Spec.NumberOfReplicas <= 1
            ? new Condition(VolumeCondition.Scheduled, Condition.True, "Scheduled", "")
            : new Condition(
                VolumeCondition.Scheduled, Condition.False, "ReplicaSchedulingFailure",
                $"one host keeps one copy, {volume.Spec.NumberOfReplicas} are wanted: set spec.numberOfReplicas to 1 to say that one is enough."));
        return replica;
    }

    private async Task ExpandAsync(VolumeResource volume, ReplicaResource replica, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var wanted = VolumeReplicas.RoundedSize(volume.Spec);
        if (wanted <= replica.Spec.SizeBytes || replica.Status.HealthyAt is null)
            return;
        seen.ExpansionRequired = true;
        if (await Placement.CheckAsync(services, wanted - replica.Spec.SizeBytes, cancellationToken) is { } problem)
        {
            await TellExpansionFailedAsync(volume, problem, cancellationToken);
            seen.LookAgainAfter(TimeSpan.FromMinutes(1));
            return;
        }
        try
        {
            await using var lease = await services.Engine.OpenAsync(replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), cancellationToken);
            if (wanted > lease.Replica.SizeBytes)
                await lease.Replica.ExpandAsync(wanted, cancellationToken);
        }
        catch (AnkoleException e) when (!ControllerServices.MayPass(e))
        {
            await TellExpansionFailedAsync(volume, e.Message, cancellationToken);
            seen.LookAgainAfter(TimeSpan.FromMinutes(1));
            return;
        }
        await services.Engine.ShowSizeAsync(volume.Name, wanted, cancellationToken);
        await VolumeReplicas.MarkHealthyAsync(services, replica, wanted, cancellationToken);
        seen.ExpansionRequired = false;
        await services.Events.RecordAsync(
            volume, warning: false, "SucceededExpansion",
            $"volume '{volume.Name}' grew from {ByteSize.Format(replica.Spec.SizeBytes)} to {ByteSize.Format(wanted)}; its block device shows it at once, other NBD clients when they connect again.", Name, cancellationToken);
    }

    private ValueTask TellExpansionFailedAsync(VolumeResource volume, string reason, CancellationToken cancellationToken) =>
        services.Events.RecordAsync(volume, warning: true, "FailedExpansion", $"volume '{volume.Name}' cannot grow: {reason}", Name, cancellationToken);

    private async Task ObserveAsync(VolumeResource volume, ReplicaResource replica, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var directory = replica.Spec.DataDirectoryName;
        var inspection = await mirror.SyncAsync(volume.Name, token => services.Engine.InspectAsync(directory, token), cancellationToken);
        seen.CurrentSize = inspection.SizeBytes.ToString();
        seen.ActualSize = inspection.AllocatedBytes;
        var kept = inspection.Disks.Count(disk => disk.Snapshot is not null && !disk.Removed);
        seen.Conditions.Add(kept > SnapshotMirror.WarningThreshold
            ? new Condition(VolumeCondition.TooManySnapshots, Condition.True, "TooManySnapshots", $"the volume has {kept} snapshots; reads slow down with each. Delete some.")
            : new Condition(VolumeCondition.TooManySnapshots, Condition.False, "", ""));
        if (await purge.PayAsync(volume, directory, inspection, cancellationToken) is { } pause)
            seen.LookAgainAfter(pause);
        await ShowLastBackupAsync(volume, seen, cancellationToken);
        await services.Store.ChangeAsync<ReplicaResource>(ResourceKey.Of(replica), status: true, current =>
        {
            var state = seen.State == VolumeState.Attached ? "running" : "stopped";
            return current.Status.State == state && current.Status.ActualSize == inspection.AllocatedBytes
                ? current
                : current with { Status = current.Status with { State = state, ActualSize = inspection.AllocatedBytes } };
        }, cancellationToken);
        if (seen.State == VolumeState.Attached)
            seen.LookAgainAfter(LookAgain);
    }

    private async Task ShowLastBackupAsync(VolumeResource volume, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var target = volume.Spec.BackupTargetName.Length > 0 ? volume.Spec.BackupTargetName : SystemNames.DefaultTarget;
        if (await services.Store.GetAsync(Kinds.BackupVolume, StoreNames.BackupVolume(target, volume.Name), cancellationToken) is { } backups)
            (seen.LastBackup, seen.LastBackupAt) = (backups.Status.LastBackupName, backups.Status.LastBackupAt);
    }

    private async Task WriteAsync(VolumeResource volume, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var written = await services.Store.ChangeAsync<VolumeResource>(
            ResourceKey.Of(volume), status: true,
            current => current.IsDeleting ? current : current with { Status = seen.ApplyTo(current.Status, volume.Metadata.Generation, services.Now) }, cancellationToken);
        if (written is null)
            return;
        var before = volume.Status;
        if (seen.Robustness != before.Robustness && seen.Robustness is VolumeRobustness.Healthy or VolumeRobustness.Degraded or VolumeRobustness.Faulted)
            await services.Events.RecordAsync(
                written, warning: seen.Robustness == VolumeRobustness.Faulted, char.ToUpperInvariant(seen.Robustness[0]) + seen.Robustness[1..],
                RobustnessMessage(written), Name, cancellationToken);
    }

    private static string RobustnessMessage(VolumeResource volume) =>
        volume.Status.Conditions.Find(VolumeCondition.Scheduled) is { Status: Condition.False, Message: { Length: > 0 } why }
            ? $"volume '{volume.Name}' is {volume.Status.Robustness}: {why}"
            : $"volume '{volume.Name}' is {volume.Status.Robustness}.";
}
