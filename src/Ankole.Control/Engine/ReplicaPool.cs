using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>
/// Replicas that this process has open. The first who needs one opens it, the last who lets go closes it: an export, a snapshot and a purge of one
/// volume share a replica and never wait for each other to close it.
/// </summary>
internal sealed class ReplicaPool
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];

    public bool IsOpen(string directory)
    {
        lock (gate)
            return entries.TryGetValue(directory, out var entry) && entry.Replica is not null;
    }

    /// <param name="options">Count only for the one who opens it.</param>
    /// <exception cref="ReplicaInUseException">Another process has it open.</exception>
    /// <exception cref="Core.AnkoleException">It is missing or damaged.</exception>
    public async Task<ReplicaLease> AcquireAsync(string directory, ReplicaOptions options, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (gate)
        {
            if (!entries.TryGetValue(directory, out entry))
                entries[directory] = entry = new Entry();
            entry.Users++;
        }
        try
        {
            await entry.Turn.WaitAsync(cancellationToken);
            try
            {
                entry.Replica ??= await Replica.OpenAsync(directory, options, cancellationToken);
                return new ReplicaLease(entry.Replica, () => ReleaseAsync(directory, entry));
            }
            finally
            {
                entry.Turn.Release();
            }
        }
        catch
        {
            await ReleaseAsync(directory, entry);
            throw;
        }
    }

    private async ValueTask ReleaseAsync(string directory, Entry entry)
    {
        await entry.Turn.WaitAsync();
        try
        {
            lock (gate)
            {
                if (--entry.Users > 0)
                    return;
            }
            if (entry.Replica is { } replica)
            {
                // Somebody who comes now waits for the turn and opens it again.
                entry.Replica = null;
                await replica.CloseAsync();
            }
            lock (gate)
            {
                if (entry.Users == 0)
                    entries.Remove(directory);
            }
        }
        finally
        {
            entry.Turn.Release();
        }
    }

    private sealed class Entry
    {
        public int Users { get; set; }

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public Replica? Replica { get; set; }
    }
}
