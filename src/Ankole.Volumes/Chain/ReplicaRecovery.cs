using Ankole.Core;
using Ankole.Files;

namespace Ankole.Volumes;

/// <summary>
/// Takes away what an interrupted operation left behind (Longhorn replica format, sections 7.6 and 23), so that names are free again and a purge cannot
/// take a person's snapshot for a system one. Volume bytes of the live chain and of every snapshot stay as they are.
/// </summary>
internal sealed class ReplicaRecovery(IReplicaFiles files, LoadedReplica loaded)
{
    private readonly DiskTree tree = loaded.Tree;

    private Disk LiveHead => loaded.LiveChain[0];

    /// <returns>True when something was changed: the directory has to be read again.</returns>
    /// <exception cref="AnkoleException">A record is unreadable: whose child it is, and so what may be changed, is unknown.</exception>
    public bool Run()
    {
        if (tree.Unreadable is [var unreadable, ..])
            throw unreadable.Reason;
        var names = files.List();
        var changed = RemoveLeftovers(names);
        foreach (var head in tree.Disks.Where(disk => disk.IsHead && disk != LiveHead && tree.ChildrenOf(disk.Name).Count == 0).ToList())
        {
            KeepSnapshotMadeOf(head);
            changed |= RemoveDisk(head.Name);
        }
        foreach (var snapshot in tree.Snapshots.ToList())
        {
            var halfDeleted = snapshot.Data is null && snapshot.Record.Removed && tree.ChildrenOf(snapshot.Name).Count == 0;
            if (loaded.IsUnborn(snapshot) || halfDeleted)
                changed |= RemoveDisk(snapshot.Name);
        }
        changed |= RemoveNamelessTwins(names);
        if (changed)
            files.FlushNames();
        return changed;
    }

    private bool RemoveLeftovers(IReadOnlyList<string> names)
    {
        var leftovers = names.Where(DiskName.IsLeftover).ToList();
        leftovers.ForEach(files.Remove);
        return leftovers.Count > 0;
    }

    /// <summary>
    /// The crash came after the switch, before Longhorn wrote the snapshot's own record: the two records are one file still, which says "not made by a
    /// person". Nobody knows; keeping it harms nobody.
    /// </summary>
    private void KeepSnapshotMadeOf(Disk head)
    {
        foreach (var snapshot in tree.Snapshots)
        {
            if (snapshot.Record.UserCreated || snapshot.RecordFacts?.Identity != head.RecordFacts?.Identity)
                continue;
            files.ReplaceRecord(snapshot.MetaName, (snapshot.Record with { UserCreated = true }).ToBytes());
            files.FlushNames();
        }
    }

    /// <summary>Data files without a record: another name of a file that has one, or a head that never was the live one.</summary>
    private bool RemoveNamelessTwins(IReadOnlyList<string> names)
    {
        var known = tree.Disks.Where(disk => disk.Data is not null).Select(disk => disk.Data!.Value.Identity).ToHashSet();
        var changed = false;
        foreach (var name in names)
        {
            if (tree.Find(name) is not null || (DiskName.SnapshotOf(name) is null && !DiskName.IsHead(name)))
                continue;
            if (DiskName.IsHead(name) || (files.TryGetFacts(name) is { } facts && known.Contains(facts.Identity)))
                changed |= RemoveDisk(name);
        }
        return changed;
    }

    private bool RemoveDisk(string disk)
    {
        ReplicaSteps.RemoveDisk(files, disk);
        return true;
    }
}
