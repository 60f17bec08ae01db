using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>Which backup targets answer.</summary>
internal sealed class TargetNumbers : IResourceNumbers
{
    private readonly ConcurrentDictionary<string, (bool Available, DateTimeOffset? SyncedAt)> byTarget = new();

    public void Show(Meter meter)
    {
        meter.CreateObservableGauge(
            "ankole_backup_target_available", () => byTarget.Select(target => new Measurement<int>(target.Value.Available ? 1 : 0, new KeyValuePair<string, object?>("target", target.Key))),
            description: "1 when a backup target answered last time, 0 otherwise.");
        meter.CreateObservableGauge(
            "ankole_backup_target_last_sync_timestamp_seconds",
            () => byTarget.Where(target => target.Value.SyncedAt is not null)
                .Select(target => new Measurement<double>(target.Value.SyncedAt!.Value.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("target", target.Key))),
            "s", "Unix time at which a backup target was last read.");
    }

    public void Put(Resource resource)
    {
        var target = (BackupTargetResource)resource;
        byTarget[target.Name] = (target.Status.Available, target.Status.LastSyncedAt);
    }

    public void Remove(Resource resource) => byTarget.TryRemove(resource.Name, out _);

    public void Clear() => byTarget.Clear();
}
