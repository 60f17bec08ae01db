using Ankole.Control;

namespace Ankole.Server.Web.Snapshots;

/// <summary>
/// A volume's snapshots laid out as lanes: one row each, newest first, the head on top; the way from the head down to the oldest is the first
/// lane, what was left by a revert has its own.
/// </summary>
internal static class SnapshotTree
{
    public const string Head = "volume-head";

    public static IReadOnlyList<SnapshotTreeRow> Lay(IReadOnlyCollection<SnapshotResource> snapshots)
    {
        var rows = new List<SnapshotTreeRow>(snapshots.Count + 1);
        var lanes = new List<string?>();
        foreach (var (name, parent, snapshot) in Ordered(snapshots))
        {
            var ending = Enumerable.Range(0, lanes.Count).Where(lane => lanes[lane] == name).ToList();
            var own = ending.Count > 0 ? ending[0] : Free(lanes);
            foreach (var lane in ending)
                lanes[lane] = null;
            var passing = Enumerable.Range(0, lanes.Count).Where(lane => lanes[lane] is not null).ToList();
            lanes[own] = parent.Length > 0 ? parent : null;
            rows.Add(new SnapshotTreeRow(name, snapshot, own, ending.Contains(own), [.. ending.Where(lane => lane != own)], passing, parent.Length > 0));
        }
        return rows;
    }

    /// <summary>Children before parents; among those that may come next the newest.</summary>
    private static IEnumerable<(string Name, string Parent, SnapshotResource? Snapshot)> Ordered(IReadOnlyCollection<SnapshotResource> snapshots)
    {
        var byName = snapshots.ToDictionary(snapshot => snapshot.Name);
        var waiting = byName.Values.GroupBy(snapshot => snapshot.Status.Parent).Where(group => byName.ContainsKey(group.Key)).ToDictionary(group => group.Key, group => group.Count());
        var under = (byName.Values.FirstOrDefault(snapshot => snapshot.Status.Children.Contains(Head)) ?? byName.Values.Where(snapshot => !waiting.ContainsKey(snapshot.Name)).MaxBy(When))?.Name ?? "";
        var ready = new PriorityQueue<SnapshotResource, long>(byName.Values.Where(snapshot => !waiting.ContainsKey(snapshot.Name)).Select(snapshot => (snapshot, -When(snapshot).UtcTicks)));

        yield return (Head, under, null);
        while (ready.TryDequeue(out var next, out _))
        {
            var parent = byName.ContainsKey(next.Status.Parent) ? next.Status.Parent : "";
            yield return (next.Name, parent, next);
            if (parent.Length > 0 && --waiting[parent] == 0)
                ready.Enqueue(byName[parent], -When(byName[parent]).UtcTicks);
        }
    }

    private static DateTimeOffset When(SnapshotResource snapshot) => snapshot.Status.CreationTime ?? snapshot.Metadata.CreationTimestamp ?? default;

    private static int Free(List<string?> lanes)
    {
        var free = lanes.IndexOf(null);
        if (free >= 0)
            return free;
        lanes.Add(null);
        return lanes.Count - 1;
    }
}

/// <param name="Snapshot">Null: the head.</param>
/// <param name="HasChild">A line comes from above in its own lane.</param>
/// <param name="Joining">Other lanes that end in it: branches.</param>
/// <param name="Passing">Lanes that go by.</param>
public sealed record SnapshotTreeRow(
    string Name, SnapshotResource? Snapshot, int Lane, bool HasChild, IReadOnlyList<int> Joining, IReadOnlyList<int> Passing, bool HasParent);
