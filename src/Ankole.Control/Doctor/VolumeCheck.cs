using System.Runtime.CompilerServices;

namespace Ankole.Control;

/// <summary>Every Volume and Replica has its directory, and every Snapshot its volume.</summary>
internal sealed class VolumeCheck(IResourceStore store, HostOptions options) : IDoctorCheck
{
    public async IAsyncEnumerable<DoctorFinding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetFullPath(options.DataFolder), "replicas");
        await foreach (var replica in store.ListAsync(Kinds.Replica, null, cancellationToken))
            if (replica.Spec.NodeID == options.NodeName && replica.Status.HealthyAt is not null && !File.Exists(Path.Combine(folder, replica.Spec.DataDirectoryName, "volume.meta")))
                yield return new DoctorFinding(
                    DoctorSeverity.Problem, "ReplicaDirectoryMissing", $"volume '{replica.Spec.VolumeName}'",
                    $"its replica directory '{replica.Spec.DataDirectoryName}' is not in '{folder}'.",
                    "Put the directory back (is the disk mounted?), or restore the volume from a backup under another name and delete this one.", CanRepair: false);
        await foreach (var volume in store.ListAsync(Kinds.Volume, null, cancellationToken))
        {
            if (volume.Status.Robustness == VolumeRobustness.Faulted)
                yield return new DoctorFinding(
                    DoctorSeverity.Problem, "VolumeFaulted", $"volume '{volume.Name}'",
                    volume.Status.Conditions.FirstOrDefault(condition => condition is { Status: Condition.False, Message.Length: > 0 })?.Message ?? "it is faulted.",
                    "See the volume's conditions and events.", CanRepair: false);
        }
        await foreach (var snapshot in store.ListAsync(Kinds.Snapshot, null, cancellationToken))
            if (await store.GetAsync(Kinds.Volume, snapshot.Spec.Volume, cancellationToken) is null)
                yield return new DoctorFinding(
                    DoctorSeverity.Note, "SnapshotWithoutVolume", $"snapshot '{snapshot.Name}'", $"its volume '{snapshot.Spec.Volume}' does not exist.", "Delete it.", CanRepair: false);
    }
}
