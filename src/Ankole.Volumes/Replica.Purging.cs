using Ankole.Core;

namespace Ankole.Volumes;

public sealed partial class Replica
{
    private readonly SemaphoreSlim purgeTurn = new(1, 1);

    /// <inheritdoc/>
    /// <remarks>
    /// <para>
    /// Each removed snapshot goes in one of three ways (Longhorn replica format, section 11): nothing stands on it, and it is deleted; one snapshot
    /// stands on it, and the two are folded into one file; the live head stands on it, and it loses what the head holds. One with several children
    /// stays until they go.
    /// </para>
    /// <para>Only the short steps exclude snapshots and reverts; copying does not.</para>
    /// </remarks>
    public async Task<PurgeResult> PurgeAsync(IProgress<OperationProgress>? progress, CancellationToken cancellationToken)
    {
        if (!await purgeTurn.WaitAsync(0, cancellationToken))
            throw new AnkoleException(ErrorKind.Busy, $"replica '{DirectoryPath}' is being purged already.");
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
            var account = new PurgeAccount(progress);
            await MarkSystemSnapshotsAsync(account, stop.Token);
            while (await TakeStepAsync(account, stop.Token))
                stop.Token.ThrowIfCancellationRequested();
            return account.Finish(await OccupiedAsync(stop.Token));
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new AnkoleException(ErrorKind.Busy, $"replica '{DirectoryPath}' was closed during its purge. Run the purge again.");
        }
        finally
        {
            purgeTurn.Release();
        }
    }

    private async Task MarkSystemSnapshotsAsync(PurgeAccount account, CancellationToken cancellationToken)
    {
        using var turn = await MaintainAsync(cancellationToken);
        account.OccupiedBefore = Occupied();
        var system = tree.Snapshots.Where(disk => disk.Record is { UserCreated: false, Removed: false }).ToList();
        foreach (var disk in system)
            files.ReplaceRecord(disk.MetaName, (disk.Record with { Removed = true }).ToBytes());
        if (system.Count == 0)
            return;
        files.FlushNames();
        await ReloadTreeAsync();
    }

    /// <returns>False when nothing is left to do.</returns>
    private async Task<bool> TakeStepAsync(PurgeAccount account, CancellationToken cancellationToken)
    {
        PurgeFold fold;
        using (await MaintainAsync(cancellationToken))
        {
            if (FindPurgeable(account, childCount: 0) is { } leaf)
            {
                ReplicaSteps.RemoveDisk(files, leaf.Name);
                files.FlushNames();
                account.Deleted(leaf);
                await ReloadTreeAsync();
                return true;
            }
            if (FindFold(account) is not { } found)
                return await PruneUnderHeadAsync(account);
            fold = found;
            purging.Add(fold.Parent.Name);
            purging.Add(fold.Child.Name);
            await ReloadTreeAsync();
        }
        try
        {
            await FoldAsync(fold, account, cancellationToken);
            return true;
        }
        finally
        {
            purging.Clear();
            if (!isClosed)
                using (await MaintainAsync(CancellationToken.None))
                    await ReloadTreeAsync();
        }
    }

    /// <summary>A removed snapshot with so many children that was not passed over yet and that nobody reads.</summary>
    private Disk? FindPurgeable(PurgeAccount account, int childCount)
    {
        foreach (var disk in tree.Snapshots.Where(disk => disk.Record.Removed).OrderBy(disk => disk.Name, StringComparer.Ordinal))
        {
            var children = tree.ChildrenOf(disk.Name).Count;
            if (children > 1)
                account.Waits(disk, $"{children} snapshots stand on it");
            else if (children == childCount && !account.IsWaiting(disk) && !IsRead(disk, account))
                return disk;
        }
        return null;
    }

    private bool IsRead(Disk disk, PurgeAccount account)
    {
        if (disk.Data is null)
            return false;
        using var file = files.OpenData(disk.Name, writable: false);
        if (!IsBeingRead(file))
            return false;
        account.Waits(disk, "it is being read, or a snapshot above it is");
        return true;
    }

    /// <summary>The cheapest pair of a removed snapshot and the one snapshot on it.</summary>
    private PurgeFold? FindFold(PurgeAccount account)
    {
        PurgeFold? cheapest = null;
        foreach (var parent in tree.Snapshots.Where(disk => disk.Record.Removed && disk.Data is not null && !account.IsWaiting(disk)))
        {
            if (tree.ChildrenOf(parent.Name) is not [{ Snapshot: not null, Data: not null } child] || IsRead(parent, account))
                continue;
            var fold = new PurgeFold(parent, child);
            if (cheapest is null || fold.Cost < cheapest.Cost)
                cheapest = fold;
        }
        return cheapest;
    }

    private async Task FoldAsync(PurgeFold fold, PurgeAccount account, CancellationToken cancellationToken)
    {
        var work = new PurgeFoldWork(files, fold, account);
        if (fold.ParentIsLarger)
            await Task.Run(() => work.CopyChildIntoParent(cancellationToken), cancellationToken);
        else if (await PreparedForExchangeAsync(work, cancellationToken))
            await Task.Run(() => work.CopyChildIntoParent(cancellationToken), cancellationToken);
        using (await MaintainAsync(CancellationToken.None))
        {
            // The child's record may have changed meanwhile: marked removed, for one.
            var child = DiskTree.Load(files).Find(fold.Child.Name)!;
            work.GiveParentsFileToChild(child, fold.Parent.Record.Parent);
            await ForgetParentLayerAsync(fold);
            ReplicaSteps.RemoveDisk(files, fold.Parent.Name);
            files.FlushNames();
            account.Deleted(fold.Parent);
            await ReloadTreeAsync();
        }
    }

    /// <summary>
    /// When the child is the larger file, what the parent has and the child has not is copied instead. The child's file must then become the parent:
    /// the parent's file loses what the child hides, so that either order of the two shows the same, and their names are exchanged in one step.
    /// </summary>
    private async Task<bool> PreparedForExchangeAsync(PurgeFoldWork work, CancellationToken cancellationToken)
    {
        // Nobody looks up a block of the child's in the parent's file, except readers from before the child was frozen.
        using (await MaintainAsync(cancellationToken))
            await readers.AdvanceAsync();
        await Task.Run(() => work.PunchHiddenFromParent(cancellationToken), cancellationToken);
        using (await MaintainAsync(CancellationToken.None))
            work.TryExchangeNames();
        return true;
    }

    /// <summary>Makes both slots mean the file that survived, gives all blocks to the child's, and lets the other file go.</summary>
    private async Task ForgetParentLayerAsync(PurgeFold fold)
    {
        if (chain.Find(fold.Parent.Name) is not { } parent || chain.Find(fold.Child.Name) is not { } child)
            return;
        var survivor = files.TryGetFacts(fold.Child.Name)!.Value.Identity;
        var parentFile = chain.FileOf(parent.Slot);
        var childFile = chain.FileOf(child.Slot);
        var (kept, dropped) = childFile.Facts.Identity == survivor ? (childFile, parentFile) : (parentFile, childFile);
        kept.RefreshLength();
        await writers.EnterAloneAsync();
        try
        {
            chain.SetFile(child.Slot, kept);
            chain.RemoveLayer(parent, kept);
        }
        finally
        {
            writers.ExitAlone();
        }
        chain.Map.ReplaceOwner(parent.Slot, child.Slot);
        await readers.AdvanceAsync();
        dropped.Dispose();
        chain.FreeSlot(parent.Slot);
    }

    /// <summary>
    /// Takes from the removed snapshot right under the head what the head holds. Which blocks those are comes from the map, where a block is the head's
    /// only after its bytes are in the file, not from the head's extents; they are flushed before the older copy goes.
    /// </summary>
    /// <returns>False: this is the last step.</returns>
    private async Task<bool> PruneUnderHeadAsync(PurgeAccount account)
    {
        var layers = chain.Layers;
        if (layers.Length < 2 || tree.Find(layers[^2].Disk) is not { Record.Removed: true } disk || tree.ChildrenOf(disk.Name).Count != 1
            || account.IsWaiting(disk) || IsKeptUnderAnotherName(disk) || IsBeingRead(chain.FileOf(layers[^2].Slot)))
            return false;
        purging.Add(disk.Name);
        try
        {
            await ReloadTreeAsync();
            var hidden = HiddenByHead(layers[^2].Slot, layers[^1].Slot);
            await flushes.FlushAsync();
            await readers.AdvanceAsync();
            if (hidden.Count > 0)
                files.Remove(disk.ChecksumName);
            foreach (var part in hidden.SelectMany(RegionsOf))
                await AloneInRegionAsync(part, (Replica: this, Slot: layers[^2].Slot), static (state, part) => state.Replica.PunchWhereHeadHolds(state.Slot, part));
            account.Pruned(disk);
        }
        finally
        {
            purging.Clear();
            await ReloadTreeAsync();
        }
        account.Waits(disk, "the head stands on it: it goes after the next snapshot");
        return false;
    }

    private List<ByteRange> HiddenByHead(byte slot, byte headSlot)
    {
        var hidden = new List<ByteRange>();
        var file = chain.FileOf(slot);
        file.VisitStoredRanges(new ByteRange(0, Math.Min(file.Length, SizeBytes)), stored =>
        {
            var blocks = stored.BlocksCovering(BlockMap.BlockSize);
            foreach (var run in chain.Map.Runs(blocks.Offset / BlockMap.BlockSize, blocks.Length / BlockMap.BlockSize))
                if (run.Entry.Owner == headSlot)
                    hidden.Add(BytesOf(run));
        });
        return hidden;
    }

    /// <summary>Passes over what was discarded since: there the older bytes show again.</summary>
    private void PunchWhereHeadHolds(byte slot, ByteRange part)
    {
        foreach (var run in chain.Map.Runs(part.Offset / BlockMap.BlockSize, part.Length / BlockMap.BlockSize))
            if (run.Entry.Owner == chain.Top.Slot)
                chain.FileOf(slot).Punch(BytesOf(run));
    }

    private async Task<long> OccupiedAsync(CancellationToken cancellationToken)
    {
        using (await MaintainAsync(cancellationToken))
            return Occupied();
    }

    private long Occupied() =>
        tree.Disks.Where(disk => disk.Data is not null && !disk.IsHead).DistinctBy(disk => disk.Data!.Value.Identity).Sum(disk => disk.Data!.Value.AllocatedBytes);
}
