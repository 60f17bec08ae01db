using System.Diagnostics.Metrics;
using Ankole.Backup;

namespace Ankole.Control;

/// <summary>Requests and bytes to and from the object stores that are open, by target and kind.</summary>
/// <remarks>Counters never go back: what a store had counted when it was closed stays in the sum of its target.</remarks>
public sealed class ObjectStoreMetrics : IDisposable
{
    private readonly Meter meter = new("Ankole");
    private readonly Lock guard = new();
    private readonly Dictionary<string, RequestCounts> closed = [];
    private readonly HashSet<(string Target, RequestCounters Counters)> open = [];

    public ObjectStoreMetrics()
    {
        meter.CreateObservableCounter("ankole_object_store_requests", Requests, description: "Requests sent to object stores, retries included, by target and kind.");
        meter.CreateObservableCounter("ankole_object_store_bytes", Bytes, "By", "Object bytes moved, by target and direction (read, written).");
    }

    /// <summary>Counts a store until what is returned is disposed of.</summary>
    public IDisposable Count(string target, RequestCounters counters)
    {
        lock (guard)
            open.Add((target, counters));
        return new Counting(this, target, counters);
    }

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Requests() => Totals().SelectMany(total => new[]
    {
        Of(total.Value.List, total.Key, "kind", "list"), Of(total.Value.Get, total.Key, "kind", "get"), Of(total.Value.Stat, total.Key, "kind", "stat"),
        Of(total.Value.Put, total.Key, "kind", "put"), Of(total.Value.Delete, total.Key, "kind", "delete"), Of(total.Value.Retries, total.Key, "kind", "retry"),
    });

    private IEnumerable<Measurement<long>> Bytes() => Totals().SelectMany(total => new[]
    {
        Of(total.Value.BytesRead, total.Key, "direction", "read"), Of(total.Value.BytesWritten, total.Key, "direction", "written"),
    });

    private static Measurement<long> Of(long value, string target, string label, string text) =>
        new(value, new("target", target), new KeyValuePair<string, object?>(label, text));

    private Dictionary<string, RequestCounts> Totals()
    {
        lock (guard)
        {
            var totals = new Dictionary<string, RequestCounts>(closed);
            foreach (var (target, counters) in open)
                totals[target] = Sum(totals.GetValueOrDefault(target), counters.Snapshot());
            return totals;
        }
    }

    private void Close(string target, RequestCounters counters)
    {
        lock (guard)
        {
            if (open.Remove((target, counters)))
                closed[target] = Sum(closed.GetValueOrDefault(target), counters.Snapshot());
        }
    }

    private static RequestCounts Sum(RequestCounts one, RequestCounts other) => one - (default(RequestCounts) - other);

    private sealed class Counting(ObjectStoreMetrics metrics, string target, RequestCounters counters) : IDisposable
    {
        public void Dispose() => metrics.Close(target, counters);
    }
}
