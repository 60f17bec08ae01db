using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>What a purge has done so far.</summary>
internal sealed class PurgeAccount(IProgress<OperationProgress>? progress)
{
    private readonly List<string> deleted = [];
    private readonly List<string> pruned = [];
    private readonly Dictionary<string, string> waiting = new(StringComparer.Ordinal);
    private long copiedBytes;

    public long OccupiedBefore { get; set; }

    public bool IsWaiting(Disk disk) => waiting.ContainsKey(disk.Snapshot!);

    public void Deleted(Disk disk)
    {
        deleted.Add(disk.Snapshot!);
        waiting.Remove(disk.Snapshot!);
        // Who waited for a branch to go may have its turn now.
        foreach (var name in waiting.Where(entry => entry.Value.EndsWith(" stand on it", StringComparison.Ordinal)).Select(entry => entry.Key).ToList())
            waiting.Remove(name);
    }

    public void Pruned(Disk disk) => pruned.Add(disk.Snapshot!);

    public void Waits(Disk disk, string reason) => waiting[disk.Snapshot!] = reason;

    /// <summary>How much there will be to copy is not known before the end: each fold changes the next one's size.</summary>
    public void Copied(long bytes) => progress?.Report(new OperationProgress("purging", copiedBytes += bytes, 0));

    public PurgeResult Finish(long occupied) => new(
        deleted, pruned, [.. waiting.Select(entry => new WaitingSnapshot(entry.Key, entry.Value))], Math.Max(0, OccupiedBefore - occupied));
}
