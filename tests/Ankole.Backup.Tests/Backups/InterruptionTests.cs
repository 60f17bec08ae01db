using System.Text;
using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>
/// Every fault at every request of a backup and of a deletion: no finished backup is ever lost, nothing is ever restored wrong, and the operation
/// run again succeeds and leaves a clean store.
/// </summary>
public sealed class InterruptionTests
{
    /// <summary>More requests than any of these operations sends; the loops end when one was never reached.</summary>
    private const int MaxRequests = 200;

    private readonly SmallVolume volume = new();

    public static TheoryData<StoreFault> Faults() => new(Enum.GetValues<StoreFault>().Where(fault => fault != StoreFault.None));

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_backup_survives_a_fault_at_any_request(StoreFault fault) =>
        await ForEveryRequestAsync(fault, [1], store => volume.BackUp(store, 2), async (store, objects) =>
        {
            await volume.AssertNeverWrong(store, 2);
            await volume.AssertRestores(store, 1);
            if (!await IsFinishedAsync(store, "b2"))
                await volume.BackUp(store, 2);
            // What a flipped or cut put stored is damage that only mode full repairs: it is found, not hidden.
            if (fault is not (StoreFault.FlippedBit or StoreFault.Truncated))
            {
                await volume.AssertRestores(store, 1, 2);
                await AssertCleanAsync(store, objects);
            }
            await volume.BackUp(store, 3);
            await volume.AssertRestores(store, 1);
            await volume.AssertNeverWrong(store, 3);
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_first_backup_survives_a_fault_at_any_request(StoreFault fault) =>
        await ForEveryRequestAsync(fault, [], store => volume.BackUp(store, 1), async (store, objects) =>
        {
            await volume.AssertNeverWrong(store, 1);
            if (!await IsFinishedAsync(store, "b1"))
                await volume.BackUp(store, 1);
            if (fault is not (StoreFault.FlippedBit or StoreFault.Truncated))
            {
                await volume.AssertRestores(store, 1);
                await AssertCleanAsync(store, objects);
            }
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_deletion_survives_a_fault_at_any_request(StoreFault fault)
    {
        foreach (var deleted in new[] { 2, 3 })
        {
            var others = Enumerable.Range(1, 3).Where(number => number != deleted).ToArray();
            await ForEveryRequestAsync(fault, [1, 2, 3], store => store.DeleteBackupAsync("vol1", $"b{deleted}", false, null, Token), async (store, objects) =>
            {
                await volume.AssertRestores(store, others);
                await volume.AssertNeverWrong(store, deleted);
                try
                {
                    await store.DeleteBackupAsync("vol1", $"b{deleted}", false, null, Token);
                }
                catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
                {
                }
                await volume.AssertRestores(store, others);
                await AssertCleanAsync(store, objects);
                Assert.False(await IsFinishedAsync(store, $"b{deleted}"));
                Assert.NotEqual($"b{deleted}", objects.Volume().LastBackupName);
                await volume.BackUp(store, deleted);
                await volume.AssertRestores(store, 1, 2, 3);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Deleting_a_volume_survives_a_fault_at_any_request(StoreFault fault) =>
        await ForEveryRequestAsync(fault, [1, 2], store => store.DeleteVolumeAsync("vol1", false, null, Token), async (store, objects) =>
        {
            await volume.AssertNeverWrong(store, 1);
            try
            {
                await store.DeleteVolumeAsync("vol1", false, null, Token);
            }
            catch (AnkoleException e) when (e.Kind == ErrorKind.NotFound)
            {
            }
            Assert.Empty(objects.Contents);
        });

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_restore_is_right_or_says_that_it_is_not(StoreFault fault) =>
        await ForEveryRequestAsync(fault, [1, 2], store => volume.AssertRestores(store, 2), async (store, objects) =>
        {
            await volume.AssertRestores(store, 1, 2);
            await AssertCleanAsync(store, objects);
        });

    [Fact]
    public async Task A_run_that_was_killed_is_continued_and_sends_only_what_is_missing()
    {
        var objects = new MemoryObjectStore();
        var killed = new HashSet<long> { 1 };
        var chain = new MemoryChain(64 * SmallVolume.BlockSize);
        chain.Randomize(0, 64 * SmallVolume.BlockSize, seed: 1);
        var source = chain.Snapshot("s1");
        var puts = 0;
        await using var dying = new HostileObjectStore(objects, request =>
            request.Kind == StoreRequestKind.Put && request.Key.EndsWith(".blk", StringComparison.Ordinal) && Interlocked.Increment(ref puts) > 40
                ? StoreFault.Killed : StoreFault.None);
        await Assert.ThrowsAsync<StoreKilledException>(() =>
            Store(dying, OptionsOf(1, killed)).BackUp("b1", source, request => request with { BlockSize = SmallVolume.BlockSize }));

        // Of those that were under way beside the one that was killed, some may have been given up before they were stored.
        var stored = objects.BlockKeys().Count;
        Assert.InRange(stored, 1, 40);

        var result = await Store(objects, OptionsOf(2, killed)).BackUp("b1", source, request => request with { BlockSize = SmallVolume.BlockSize });

        Assert.Equal((64 - stored, stored), (result.Statistics.BlocksNew, result.Statistics.BlocksKnown));
        Assert.Equal(source.Bytes, (await Store(objects).Restore("b1")).Bytes);
        Assert.Empty(objects.Locks());
    }

    /// <summary>Sets the store up, runs the operation with one fault, and lets the check look at what is left with an honest store and a new process.</summary>
    private async Task ForEveryRequestAsync(
        StoreFault fault, int[] backups, Func<Backupstore, Task> operate, Func<Backupstore, MemoryObjectStore, Task> check)
    {
        var prepared = new MemoryObjectStore();
        foreach (var number in backups)
        {
            await volume.BackUp(Store(prepared), number);
            Order(prepared, number);
        }
        for (var target = 1; target < MaxRequests; target++)
        {
            var objects = new MemoryObjectStore();
            foreach (var (key, content) in prepared.Contents)
                objects.Set(key, content);
            var killed = new HashSet<long> { 1 };
            var wasReached = false;
            var hostile = new HostileObjectStore(objects, request =>
            {
                if (request.Ordinal != target)
                    return StoreFault.None;
                wasReached = true;
                // Records carry no checksum: a bit that flips inside one on the wire, or a store that keeps half of one, is for TLS and MD5 to find.
                var isBlock = request.Key.EndsWith(".blk", StringComparison.Ordinal);
                var isBeyondUs = fault is StoreFault.FlippedBit || (fault is StoreFault.Truncated && request.Kind is StoreRequestKind.Put or StoreRequestKind.PutIfAbsent);
                return isBeyondUs && !isBlock ? StoreFault.None : fault;
            });
            try
            {
                await operate(Store(hostile, OptionsOf(1, [])));
            }
            catch (Exception e) when (e is AnkoleException or StoreKilledException or OperationCanceledException)
            {
            }
            try
            {
                await check(Store(objects, OptionsOf(2, killed)), objects);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"after {fault} at request {target}: {e.Message}\n{Describe(objects)}", e);
            }
            if (!wasReached)
                return;
        }
        Assert.Fail($"the operation sends more than {MaxRequests} requests");
    }

    private static BackupstoreOptions OptionsOf(long pid, HashSet<long> killed) =>
        new() { LockTimings = Options.LockTimings, Processes = new FakeProcesses(pid, killed), MaxBlocksInFlight = 2 };

    private static void Order(MemoryObjectStore objects, int number)
    {
        using var text = (objects.Record($"b{number}") with { SnapshotCreatedAt = $"2026-01-01T00:00:0{number}Z" }).Write();
        objects.Set(new VolumeKeys("vol1").Backup($"b{number}"), text.Written.Span);
    }

    private static async Task<bool> IsFinishedAsync(Backupstore store, string backup)
    {
        try
        {
            return (await store.InspectBackupAsync("vol1", backup, Token)).IsFinished;
        }
        catch (AnkoleException e) when (e.Kind is ErrorKind.NotFound)
        {
            return false;
        }
        catch (RecordDamagedException)
        {
            await store.DeleteBackupAsync("vol1", backup, false, null, Token);
            return false;
        }
    }

    private static async Task AssertCleanAsync(Backupstore store, MemoryObjectStore objects)
    {
        var report = await store.VerifyAsync(null, null, deep: true, null, Token);
        Assert.Empty(report.Damage);
        // A dead run's own lock may still lie there; it holds nobody up, as every operation after it shows.
        Assert.All(objects.Locks(), key => Assert.Equal(1, LockRecord.Parse(objects.Contents[key], key).Holder.Pid));
    }

    private static string Describe(MemoryObjectStore objects) => string.Join(
        "\n", objects.Contents.Select(pair => $"{pair.Key} {Encoding.UTF8.GetString(pair.Value.AsSpan(0, Math.Min(pair.Value.Length, pair.Key.EndsWith(".blk", StringComparison.Ordinal) ? 0 : 220)))}"));
}
