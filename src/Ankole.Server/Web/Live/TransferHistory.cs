namespace Ankole.Server.Web.Live;

/// <summary>How fast running backups went in the last minutes, for all pages. Kept while somebody looks at them.</summary>
internal sealed class TransferHistory
{
    /// <summary>Of one backup: at one a second four minutes.</summary>
    private const int MaxSamples = 240;

    /// <summary>Backups at most; the ones looked at longest ago go first.</summary>
    private const int MaxBackups = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Samples> byBackup = [];
    private long clock;

    /// <summary>Takes note of the backup's rate now, and gives its rates so far in bytes per second, oldest first.</summary>
    public IReadOnlyList<long> Note(BackupRow backup)
    {
        lock (gate)
        {
            if (!byBackup.TryGetValue(backup.Name, out var samples))
            {
                if (byBackup.Count >= MaxBackups)
                    byBackup.Remove(byBackup.MinBy(entry => entry.Value.UsedAt).Key);
                byBackup[backup.Name] = samples = new Samples();
            }
            samples.UsedAt = ++clock;
            if (backup.Transfer is { HeartbeatAt: { } beat } transfer && beat != samples.LastBeat)
            {
                samples.LastBeat = beat;
                samples.Rates.Enqueue(transfer.BytesPerSecond);
                while (samples.Rates.Count > MaxSamples)
                    samples.Rates.Dequeue();
            }
            return [.. samples.Rates];
        }
    }

    private sealed class Samples
    {
        public Queue<long> Rates { get; } = new();

        public DateTimeOffset LastBeat { get; set; }

        public long UsedAt { get; set; }
    }
}
