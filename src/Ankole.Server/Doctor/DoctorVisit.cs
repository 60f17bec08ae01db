using Ankole.Control;

namespace Ankole.Server;

/// <summary>One examination of this host, and the repair where it is wanted.</summary>
internal sealed class DoctorVisit(IResourceStore store, DataFolder folder, ServerOptions options, TimeProvider time, ILoggerFactory logs)
{
    public async Task<DoctorAnswer> RunAsync(bool repair, CancellationToken cancellationToken)
    {
        var host = new Control.HostOptions { DataFolder = folder.Path, NodeName = await folder.NodeNameAsync(options.NodeName, cancellationToken) };
        await using var events = new EventRecorder(store, time, new EventOptions(), logs.CreateLogger<EventRecorder>());
        var report = await Control.Doctor.Create(store, host, time, events).ExamineAsync(cancellationToken);
        return DoctorAnswer.Of(report, repair ? await Control.Doctor.RepairAsync(report, cancellationToken) : null);
    }
}
