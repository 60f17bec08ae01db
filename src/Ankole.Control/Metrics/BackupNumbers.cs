using System.Diagnostics.Metrics;

namespace Ankole.Control;

/// <summary>Backups by state, and the last success of every volume and job.</summary>
internal sealed class BackupNumbers : IResourceNumbers
{
    private static readonly string[] States =
        ["New", BackupState.Pending, BackupState.InProgress, BackupState.Completed, BackupState.Error, BackupState.Unknown, BackupState.Deleting];

    private readonly Lock guard = new();
    private readonly Dictionary<string, string> stateByBackup = [];
    private readonly Dictionary<string, long> countByState = States.ToDictionary(state => state, _ => 0L);

    /// <summary>By volume and job (empty: made by hand); it stays when retention deletes the backup.</summary>
    private readonly Dictionary<(string Volume, string Job), DateTimeOffset> lastSuccess = [];

    private readonly Dictionary<string, DateTimeOffset> newestByVolume = [];

    public void Show(Meter meter)
    {
        meter.CreateObservableGauge(
            "ankole_backups", () => Read(() => countByState.Select(state => new Measurement<long>(state.Value, new KeyValuePair<string, object?>("state", state.Key)))),
            description: "Backups by state.");
        meter.CreateObservableGauge(
            "ankole_backup_last_success_timestamp_seconds",
            () => Read(() => lastSuccess.Select(last => new Measurement<double>(
                last.Value.ToUnixTimeSeconds(), new("volume", last.Key.Volume), new KeyValuePair<string, object?>("job", last.Key.Job)))),
            "s", "Unix time of the newest completed backup, by volume and job; an empty job stands for backups made by hand.");
    }

    public DateTimeOffset? NewestOf(string volume)
    {
        lock (guard)
            return newestByVolume.TryGetValue(volume, out var at) ? at : null;
    }

    public void Put(Resource resource)
    {
        var backup = (BackupResource)resource;
        var state = backup.IsDeleting ? BackupState.Deleting : backup.Status.State.Length == 0 ? "New" : backup.Status.State;
        lock (guard)
        {
            Forget(backup.Name);
            stateByBackup[backup.Name] = state;
            countByState[state] = countByState.GetValueOrDefault(state) + 1;
            if (state == BackupState.Completed && backup.Status.BackupCreatedAt is { } at)
                Succeeded(backup, at);
        }
    }

    public void Remove(Resource resource)
    {
        lock (guard)
            Forget(resource.Name);
    }

    public void Clear()
    {
        lock (guard)
        {
            stateByBackup.Clear();
            foreach (var state in countByState.Keys)
                countByState[state] = 0;
        }
    }

    private void Succeeded(BackupResource backup, DateTimeOffset at)
    {
        var volume = backup.Status.VolumeName.Length > 0 ? backup.Status.VolumeName : backup.Spec.VolumeName;
        var labels = backup.Status.Labels.Count > 0 ? backup.Status.Labels : backup.Spec.Labels;
        var key = (volume, labels.GetValueOrDefault(SystemNames.RecurringJobLabel, ""));
        if (!lastSuccess.TryGetValue(key, out var before) || at > before)
            lastSuccess[key] = at;
        if (!newestByVolume.TryGetValue(volume, out var newest) || at > newest)
            newestByVolume[volume] = at;
    }

    private void Forget(string backup)
    {
        if (stateByBackup.Remove(backup, out var state))
            countByState[state]--;
    }

    private List<Measurement<T>> Read<T>(Func<IEnumerable<Measurement<T>>> measure) where T : struct
    {
        lock (guard)
            return [.. measure()];
    }
}
