using System.Globalization;
using Ankole.Core;

namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <summary>
    /// Slots of the files that a discard frees, the head's first: removed snapshots right below it, up to the first that is kept, has another child, is
    /// being read, or is being purged. Changes only while no writer is inside.
    /// </summary>
    private byte[] punchable = [];

    /// <summary>Disks that a purge is working on.</summary>
    private readonly HashSet<string> purging = [];

    public async Task SnapshotAsync(string name, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellationToken)
    {
        ObjectName.Check("snapshot", name);
        CheckLabels(labels);
        using (await MaintainAsync(cancellationToken))
            await FreezeHeadAsync(name, userCreated: true, labels is { Count: > 0 } ? labels : null, SizeBytes);
    }

    public async Task ExpandAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        CheckSize(sizeBytes);
        using (await MaintainAsync(cancellationToken))
        {
            if (sizeBytes <= SizeBytes)
                throw new InvalidInputException(
                    $"replica '{DirectoryPath}' has {SizeBytes} bytes already: it can only grow, to more than that, not to {sizeBytes}.");
            // A volume can be expanded to one size only once, so the name is free unless somebody took it on purpose.
            var label = new Dictionary<string, string> { ["replica-expansion"] = sizeBytes.ToString(CultureInfo.InvariantCulture) };
            await FreezeHeadAsync($"expand-{sizeBytes}", userCreated: false, label, sizeBytes);
        }
    }

    public async Task RevertAsync(string snapshot, CancellationToken cancellationToken)
    {
        using (await MaintainAsync(cancellationToken))
        {
            var target = FindSnapshot(snapshot);
            if (target.Record.Removed)
                throw new InvalidInputException($"snapshot '{snapshot}' of '{DirectoryPath}' is marked removed: a volume cannot be reverted to it.");
            var below = tree.ChainOf(target.Name);
            CheckDiskCount(below.Count + 1);
            CheckNextHeadIsFree();
            await SwitchToNewHeadAsync(target, below);
        }
    }

    public async Task RemoveAsync(string snapshot, CancellationToken cancellationToken)
    {
        using (await MaintainAsync(cancellationToken))
        {
            var disk = FindSnapshot(snapshot);
            if (disk.Record.Removed)
                return;
            files.ReplaceRecord(disk.MetaName, (disk.Record with { Removed = true }).ToBytes());
            files.FlushNames();
            await ReloadTreeAsync();
        }
    }

    public async Task<ReplicaInspection> InspectAsync(CancellationToken cancellationToken)
    {
        using (await MaintainAsync(cancellationToken))
            return ReplicaInspection.Of(DirectoryPath, LoadedReplica.Load(files, allowRebuilding: true), ChecksumFile.FindStale(files, tree));
    }

    /// <summary>The volume as it was at a snapshot, of any branch, to be read beside everything else.</summary>
    /// <exception cref="AnkoleException">There is no such snapshot, or it is marked removed.</exception>
    public async Task<ChainView> OpenSnapshotAsync(string snapshot, CancellationToken cancellationToken)
    {
        using (await MaintainAsync(cancellationToken))
        {
            var disk = FindSnapshot(snapshot);
            if (disk.Record.Removed)
                throw new AnkoleException(ErrorKind.NotFound, $"snapshot '{snapshot}' of '{DirectoryPath}' is marked removed.");
            return ChainViews.Open(files, tree.ChainOf(disk.Name), volume, snapshot);
        }
    }

    /// <summary>
    /// Makes the head a snapshot. Order of the steps, and what a crash after each of them leaves, in docs/formats-replica.md.
    /// </summary>
    private async Task FreezeHeadAsync(string name, bool userCreated, IReadOnlyDictionary<string, string>? labels, long sizeBytes)
    {
        var oldHead = tree.Find(volume.Head)!;
        var snapshot = DiskName.OfSnapshot(name);
        CheckRoomForSnapshot(name, snapshot);
        var now = options.Clock.GetUtcNow();
        var newHead = DiskName.NextHead(oldHead.Name);
        var committed = false;
        DataFile? file = null;
        try
        {
            file = ReplicaSteps.CreateHead(files, newHead, snapshot, sizeBytes, now);
            files.Link(oldHead.Name, snapshot);
            files.FlushNames();
            var record = new DiskRecord(oldHead.Name, oldHead.Record.Parent, Removed: false, userCreated, DiskRecord.TimeText(now), labels);
            files.ReplaceRecord(snapshot + DiskName.Meta, record.ToBytes());
            files.FlushNames();

            // Most of the head is written out while writers still pass, so that they wait only for the rest.
            await flushes.FlushAsync();
            await writers.EnterAloneAsync();
            try
            {
                await flushes.FlushAsync();
                // Discards changed these; what the snapshot shows must not change after it was taken.
                foreach (var slot in punchable.AsSpan(1))
                    chain.FileOf(slot).Flush();
                var next = volume with { Head = newHead, Parent = snapshot, Size = sizeBytes, Dirty = true };
                ReplicaSteps.Commit(files, next);
                committed = true;
                volume = next;
                chain.Rename(chain.Top, snapshot);
                chain.Add(newHead, file);
                if (sizeBytes > chain.SizeBytes)
                    chain.Grow(sizeBytes);
                punchable = [chain.Top.Slot];
            }
            finally
            {
                writers.ExitAlone();
            }
        }
        catch when (!committed)
        {
            file?.Dispose();
            TakeBack(newHead, snapshot);
            throw;
        }
        ReplicaSteps.RemoveDisk(files, oldHead.Name);
        files.FlushNames();
        await ReloadTreeAsync();
    }

    private async Task SwitchToNewHeadAsync(Disk target, IReadOnlyList<Disk> below)
    {
        var oldHead = volume.Head;
        var newHead = DiskName.NextHead(oldHead);
        var now = options.Clock.GetUtcNow();
        OpenChain? next = null;
        var committed = false;
        var old = chain;
        try
        {
            next = OpenChain.Open(files, below, SizeBytes, writable: true, BackingFile.TryOpen(volume, DirectoryPath));
            next.LoadMap();
            next.Add(newHead, ReplicaSteps.CreateHead(files, newHead, target.Name, SizeBytes, now));
            files.FlushNames();
            await writers.EnterAloneAsync();
            try
            {
                var record = volume with { Head = newHead, Parent = target.Name, Dirty = true };
                ReplicaSteps.Commit(files, record);
                committed = true;
                volume = record;
                Volatile.Write(ref chain, next);
                punchable = [next.Top.Slot];
            }
            finally
            {
                writers.ExitAlone();
            }
        }
        catch when (!committed)
        {
            next?.Dispose();
            TakeBack(newHead);
            throw;
        }
        await readers.AdvanceAsync();
        old.Dispose();
        ReplicaSteps.RemoveDisk(files, oldHead);
        files.FlushNames();
        await ReloadTreeAsync();
    }

    /// <summary>
    /// Undoes a switch that failed. The old record comes first: whether the new one reached the disk is not known. Where even that fails, the head
    /// on disk may be another than the one in use, so nothing more is written.
    /// </summary>
    private void TakeBack(params ReadOnlySpan<string> disks)
    {
        try
        {
            ReplicaSteps.Commit(files, volume);
        }
        catch
        {
            isClosed = true;
            throw;
        }
        foreach (var disk in disks)
            ReplicaSteps.RemoveDisk(files, disk);
        files.FlushNames();
    }

    private async Task<MaintenanceTurn> MaintainAsync(CancellationToken cancellationToken)
    {
        await maintenance.WaitAsync(cancellationToken);
        if (!isClosed)
            return new MaintenanceTurn(maintenance);
        maintenance.Release();
        throw new ObjectDisposedException(nameof(Replica));
    }

    private async Task ReloadTreeAsync()
    {
        tree = DiskTree.Load(files);
        await writers.EnterAloneAsync();
        UpdatePunchable();
        writers.ExitAlone();
    }

    private void UpdatePunchable()
    {
        var slots = new List<byte> { chain.Top.Slot };
        for (var i = chain.Layers.Length - 2; i >= 0; i--)
        {
            var layer = chain.Layers[i];
            if (layer.Slot == chain.BackingSlot || tree.Find(layer.Disk) is not { Record.Removed: true } disk
                || tree.ChildrenOf(disk.Name).Count != 1 || purging.Contains(disk.Name) || IsKeptUnderAnotherName(disk) || IsBeingRead(chain.FileOf(layer.Slot)))
                break;
            // A discard will change the file, so its checksum must not stay.
            files.Remove(disk.ChecksumName);
            slots.Add(layer.Slot);
        }
        punchable = [.. slots];
    }

    private bool IsKeptUnderAnotherName(Disk disk) =>
        tree.Disks.Any(other => !other.Record.Removed && other.Data?.Identity == disk.Data?.Identity);

    /// <summary>Once a snapshot is marked removed nobody begins to read it, so an answer of no stays true.</summary>
    private static bool IsBeingRead(DataFile file)
    {
        if (!file.TryLockExclusive())
            return true;
        file.Unlock();
        return false;
    }

    private Disk FindSnapshot(string snapshot) => tree.Find(DiskName.OfSnapshot(snapshot))
        ?? throw new AnkoleException(ErrorKind.NotFound, $"replica '{DirectoryPath}' has no snapshot '{snapshot}'.");

    private void CheckRoomForSnapshot(string name, string disk)
    {
        if (tree.Find(disk) is { } existing)
            throw new InvalidInputException(existing.Record.Removed
                ? $"a snapshot named '{name}' exists in '{DirectoryPath}', marked removed. Purge the replica, or choose another name."
                : $"a snapshot named '{name}' exists in '{DirectoryPath}' already. Choose another name.");
        if (files.TryGetFacts(disk) is not null)
            throw new InvalidInputException($"'{DirectoryPath}' holds a data file '{disk}' without a record. Move it away, or choose another name.");
        var kept = tree.Snapshots.Count(snapshot => !snapshot.Record.Removed);
        if (kept >= options.SnapshotMaxCount)
            throw new AnkoleException(
                ErrorKind.Refused, $"replica '{DirectoryPath}' has {kept} snapshots, the most it may have. Remove some and purge.");
        CheckDiskCount(chain.Layers.Length + 1);
        CheckSnapshotSpace();
        CheckNextHeadIsFree();
    }

    private void CheckNextHeadIsFree()
    {
        var next = DiskName.NextHead(volume.Head);
        if (files.TryGetFacts(next) is not null || files.TryGetFacts(next + DiskName.Meta) is not null)
            throw new AnkoleException(
                ErrorKind.Refused, $"'{DirectoryPath}' holds '{next}', which is not the live head but has the next one's name. Move it away.");
    }

    private void CheckDiskCount(int chainLength)
    {
        if (tree.Disks.Count >= DiskTree.MaxDisks || chainLength > DiskTree.MaxDisks)
            throw new AnkoleException(
                ErrorKind.Refused,
                $"replica '{DirectoryPath}' has {tree.Disks.Count} disks of at most {DiskTree.MaxDisks}, removed ones included. Remove snapshots and purge.");
    }

    private void CheckSnapshotSpace()
    {
        if (options.SnapshotMaxSizeBytes == 0)
            return;
        var occupied = tree.ChainOf(volume.Head).Where(disk => !disk.Record.Removed).Sum(disk => disk.Data!.Value.AllocatedBytes);
        var head = chain.TopFile.Facts.AllocatedBytes - tree.Find(volume.Head)!.Data!.Value.AllocatedBytes;
        if (occupied + head > options.SnapshotMaxSizeBytes)
            throw new AnkoleException(
                ErrorKind.Refused,
                $"the snapshots of '{DirectoryPath}' would occupy {occupied + head} bytes of at most {options.SnapshotMaxSizeBytes}. Remove some and purge.");
    }

    private static void CheckLabels(IReadOnlyDictionary<string, string>? labels)
    {
        if (labels?.FirstOrDefault(label => label.Key.Length == 0 || label.Value.Length == 0) is { Key: not null } bad)
            throw new InvalidInputException($"label '{bad.Key}={bad.Value}' needs a key and a value.");
    }

    /// <summary>Holds the turn until disposed.</summary>
    private readonly struct MaintenanceTurn(SemaphoreSlim maintenance) : IDisposable
    {
        public void Dispose() => maintenance.Release();
    }
}
