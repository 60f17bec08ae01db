using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>Every replica directory opens, and leads to a Replica and a Volume.</summary>
internal sealed partial class ReplicaCheck(IResourceStore store, HostOptions options, TimeProvider time) : IDoctorCheck
{
    private string Folder => Path.Combine(Path.GetFullPath(options.DataFolder), "replicas");

    public async IAsyncEnumerable<DoctorFinding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder))
            yield break;
        var known = new Dictionary<string, ReplicaResource>(StringComparer.Ordinal);
        await foreach (var replica in store.ListAsync(Kinds.Replica, null, cancellationToken))
            known[replica.Spec.DataDirectoryName] = replica;
        foreach (var path in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith('.'))
                continue;
            var subject = $"replica directory '{name}'";
            var (inspection, error) = await InspectAsync(path, cancellationToken);
            if (inspection is null)
            {
                yield return new DoctorFinding(DoctorSeverity.Problem, "ReplicaDamaged", subject, error!, "Look at it with ankole replica inspect; docs/rescue.md says what can be done.", CanRepair: false);
                continue;
            }
            foreach (var warning in inspection.Warnings.Where(warning => warning.Kind != ReplicaWarningKind.Dirty))
                yield return new DoctorFinding(DoctorSeverity.Note, warning.Kind.ToString(), subject, warning.Message, "Nothing needs to be done.", CanRepair: false);
            if (await FindLossAsync(name, subject, inspection, known.GetValueOrDefault(name), cancellationToken) is { } loss)
                yield return loss;
        }
    }

    private static async Task<(ReplicaInspection? Inspection, string? Error)> InspectAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await Task.Run(() => ReplicaReader.Open(path, new ReplicaOptions()).Inspect(), cancellationToken), null);
        }
        catch (AnkoleException e)
        {
            return (null, e.Message);
        }
    }

    private async Task<DoctorFinding?> FindLossAsync(
        string name, string subject, ReplicaInspection inspection, ReplicaResource? replica, CancellationToken cancellationToken)
    {
        var volume = replica?.Spec.VolumeName ?? (DirectoryName().Match(name) is { Success: true } match ? match.Groups["volume"].Value : null);
        if (volume is null)
            return new DoctorFinding(
                DoctorSeverity.Problem, "ReplicaOfUnknownVolume", subject, "its name does not say which volume it is of.",
                "Rename it to VOLUME-xxxxxxxx (eight hex digits) and run the doctor again, or move it away.", CanRepair: false);
        var existing = await store.GetAsync(Kinds.Volume, volume, cancellationToken);
        if (replica is not null && existing is not null)
            return null;
        var other = replica is not null || existing is null ? null : await VolumeReplicas.FindAsync(store, volume, cancellationToken);
        // Made since the Replicas were listed.
        if (other?.Spec.DataDirectoryName == name)
            return null;
        if (other is not null)
            return new DoctorFinding(
                DoctorSeverity.Problem, "SecondReplica", subject, $"volume '{volume}' exists and has its bytes in '{other.Spec.DataDirectoryName}': this is another copy, perhaps of an older volume of that name.",
                "Look at it with ankole replica inspect, then rename it to another volume's name, or move it away.", CanRepair: false);
        var missing = (existing, replica) switch
        {
            (null, null) => "Volume and the Replica",
            (null, _) => "Volume",
            _ => "Replica",
        };
        return new DoctorFinding(
            DoctorSeverity.Lost, "ResourceLost", subject, $"it holds {ByteSize.Format(inspection.SizeBytes)} of volume '{volume}', and the {missing} resource is gone.",
            $"Make the {missing} of '{volume}' again; its snapshots follow.", CanRepair: true)
        {
            Repair = token => RebuildAsync(name, volume, inspection, token),
        };
    }

    private async Task RebuildAsync(string directory, string volume, ReplicaInspection inspection, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Kinds.Replica, directory, cancellationToken) is null)
            await store.CreateAsync(new ReplicaResource
            {
                Metadata = new ObjectMeta { Name = directory, Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = volume } },
                Spec = new ReplicaSpec
                {
                    VolumeName = volume, NodeID = options.NodeName, DiskPath = Folder, DataDirectoryName = directory, Size = inspection.SizeBytes.ToString(),
                },
            }, cancellationToken);
        // Before the volume: a replica without this is one that is still to be made.
        await store.ChangeAsync<ReplicaResource>(
            new ResourceKey(Kinds.Replica, null, directory), status: true,
            replica => replica.Status.HealthyAt is not null ? replica : replica with { Status = replica.Status with { State = "stopped", HealthyAt = time.GetUtcNow() } }, cancellationToken);
        if (await store.GetAsync(Kinds.Volume, volume, cancellationToken) is null)
            await store.CreateAsync(new VolumeResource
            {
                Metadata = new ObjectMeta { Name = volume, Finalizers = [SystemNames.Finalizer], Annotations = new Dictionary<string, string> { ["ankole.io/rebuilt-by"] = "doctor" } },
                Spec = new VolumeSpec
                {
                    Size = inspection.SizeBytes.ToString(), NumberOfReplicas = 1, Frontend = "nbd", BackupCompressionMethod = "lz4", BackupBlockSize = "2097152",
                    SnapshotMaxCount = 250, RestoreVolumeRecurringJob = "ignored",
                },
            }, cancellationToken);
    }

    [GeneratedRegex(@"\A(?<volume>[a-z0-9][a-z0-9-]{0,38}[a-z0-9])-[0-9a-f]{8}\z")]
    private static partial Regex DirectoryName();
}
