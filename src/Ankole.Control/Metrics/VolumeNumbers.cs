using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>Sizes and states of volumes, and whether their backups are as fresh as their jobs promise.</summary>
internal sealed class VolumeNumbers(BackupNumbers backups, TimeProvider time) : IResourceNumbers
{
    private static readonly string[] States = ["creating", "detached", "attaching", "attached", "detaching", "deleting"];

    private readonly ConcurrentDictionary<string, Numbers> byVolume = new();

    public BackupJobIntervals Jobs { get; } = new(time);

    public void Show(Meter meter)
    {
        meter.CreateObservableGauge("ankole_volume_size_bytes", () => byVolume.Select(volume => Of(volume.Key, volume.Value.Size)), "By", "Size of a volume.");
        meter.CreateObservableGauge(
            "ankole_volume_actual_size_bytes", () => byVolume.Select(volume => Of(volume.Key, volume.Value.ActualSize)), "By",
            "Bytes that a volume takes on disk, snapshots included.");
        meter.CreateObservableGauge(
            "ankole_volumes", () => States.Select(state => new Measurement<long>(
                byVolume.Values.Count(volume => volume.State == state), new KeyValuePair<string, object?>("state", state))),
            description: "Volumes by state.");
        meter.CreateObservableGauge("ankole_volume_backup_age_seconds", BackupAges, "s", "Time since a volume's newest completed backup, of volumes that have one.");
        meter.CreateObservableGauge(
            "ankole_volume_rpo_breach", RpoBreaches,
            description: "1 when the newest completed backup of an attached volume is older than twice the longest pause of its most frequent backup job; 0 otherwise.");
    }

    public void Put(Resource resource)
    {
        var volume = (VolumeResource)resource;
        byVolume[volume.Name] = new Numbers(
            volume.Spec.SizeBytes, volume.Status.ActualSize, volume.Status.State, volume.Metadata.CreationTimestamp ?? default,
            [.. volume.Status.RecurringJobs.Select(job => job.Name)]);
    }

    public void Remove(Resource resource) => byVolume.TryRemove(resource.Name, out _);

    public void Clear() => byVolume.Clear();

    private static Measurement<T> Of<T>(string volume, T value) where T : struct => new(value, new KeyValuePair<string, object?>("volume", volume));

    private IEnumerable<Measurement<double>> BackupAges()
    {
        foreach (var volume in byVolume.Keys)
        {
            if (backups.NewestOf(volume) is { } at)
                yield return Of(volume, Math.Max(0, (time.GetUtcNow() - at).TotalSeconds));
        }
    }

    /// <summary>Only volumes with a backup job promise anything; a detached one does not change.</summary>
    private IEnumerable<Measurement<int>> RpoBreaches()
    {
        foreach (var (name, volume) in byVolume)
        {
            if (Jobs.ShortestOf(volume.Jobs) is not { } job)
                continue;
            var since = new[] { backups.NewestOf(name) ?? default, volume.CreatedAt, job.Since }.Max();
            yield return Of(name, volume.State == "attached" && time.GetUtcNow() - since > 2 * job.Interval ? 1 : 0);
        }
    }

    private sealed record Numbers(long Size, long ActualSize, string State, DateTimeOffset CreatedAt, IReadOnlyList<string> Jobs);
}
