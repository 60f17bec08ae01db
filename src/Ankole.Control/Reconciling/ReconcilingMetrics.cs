using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>What the reconcilers do, as instruments of the meter <c>Ankole</c>.</summary>
internal sealed class ReconcilingMetrics : IDisposable
{
    private readonly Meter meter = new("Ankole");
    private readonly Counter<long> calls;
    private readonly Histogram<double> seconds;

    /// <param name="queues">Each reconciler's name and the keys that wait for it.</param>
    public ReconcilingMetrics(Func<IEnumerable<(string Reconciler, int Count)>> queues)
    {
        calls = meter.CreateCounter<long>("ankole_reconciles", description: "Calls of reconcilers, by reconciler and result (done, conflict, failed, crashed).");
        seconds = meter.CreateHistogram<double>("ankole_reconcile_duration_seconds", "s", "How long one call of a reconciler took.");
        meter.CreateObservableGauge(
            "ankole_reconcile_queue_length", () => queues().Select(queue => new Measurement<int>(queue.Count, new KeyValuePair<string, object?>("reconciler", queue.Reconciler))),
            description: "Resources that wait to be reconciled or are being reconciled.");
    }

    public void Reconciled(string reconciler, string result, long startedTimestamp)
    {
        var name = new KeyValuePair<string, object?>("reconciler", reconciler);
        calls.Add(1, name, new KeyValuePair<string, object?>("result", result));
        seconds.Record(Stopwatch.GetElapsedTime(startedTimestamp).TotalSeconds, name);
    }

    public void Dispose() => meter.Dispose();
}
