using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Compares what there is in three places: replica directories, backup targets and resources. Bytes live in the first two; resources can be made again
/// from them, and that is all that a repair does. It never deletes, and never writes into a replica directory or a target.
/// </summary>
public sealed class Doctor
{
    private readonly IReadOnlyList<IDoctorCheck> checks;

    private Doctor(IReadOnlyList<IDoctorCheck> checks) => this.checks = checks;

    /// <param name="store">Written to by a repair, past admission.</param>
    /// <param name="objectStores">Null: the real ones.</param>
    public static Doctor Create(IResourceStore store, HostOptions options, TimeProvider time, IEventRecorder events, IObjectStoreFactory? objectStores = null)
    {
        objectStores ??= new ObjectStoreFactory(new Backup.ObjectStoreOptions { Time = time });
        return new Doctor([new ReplicaCheck(store, options, time), new VolumeCheck(store, options), new TargetCheck(store, options, time, events, objectStores)]);
    }

    /// <summary>Reads only.</summary>
    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        foreach (var check in checks)
            await foreach (var finding in check.ExamineAsync(cancellationToken))
                findings.Add(finding);
        return new DoctorReport([.. findings.OrderBy(finding => finding.Severity)]);
    }

    /// <summary>Makes missing resources again; one that cannot be made does not keep the others from it.</summary>
    public static async Task<DoctorRepair> RepairAsync(DoctorReport report, CancellationToken cancellationToken)
    {
        var (repaired, failed) = (new List<string>(), new List<string>());
        foreach (var finding in report.Findings.Where(finding => finding.Repair is not null))
        {
            try
            {
                await finding.Repair!(cancellationToken);
                repaired.Add($"{finding.Subject}: {finding.Fix}");
            }
            catch (AnkoleException e)
            {
                failed.Add($"{finding.Subject}: {e.Message}");
            }
        }
        return new DoctorRepair(repaired, failed);
    }
}

/// <summary>One place that the doctor looks at.</summary>
internal interface IDoctorCheck
{
    IAsyncEnumerable<DoctorFinding> ExamineAsync(CancellationToken cancellationToken);
}
