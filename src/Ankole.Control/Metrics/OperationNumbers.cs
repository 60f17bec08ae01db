using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>Operations on volumes that go on now.</summary>
internal sealed class OperationNumbers : IResourceNumbers
{
    private readonly ConcurrentDictionary<string, string> runningByName = new();

    public void Show(Meter meter) => meter.CreateObservableGauge(
        "ankole_operations_running", () => runningByName.Values.GroupBy(operation => operation)
            .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("operation", group.Key))),
        description: "Operations on volumes that have begun and not ended, by operation.");

    public void Put(Resource resource)
    {
        var operation = (VolumeOperationResource)resource;
        if (operation.Status.Phase == OperationPhase.Running)
            runningByName[operation.Name] = operation.Spec.Operation;
        else
            runningByName.TryRemove(operation.Name, out _);
    }

    public void Remove(Resource resource) => runningByName.TryRemove(resource.Name, out _);

    public void Clear() => runningByName.Clear();
}
