using System.Diagnostics;
using System.Text;
using Ankole.Core;
using Ankole.Testing;
using Microsoft.Extensions.Time.Testing;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

public sealed class LockTests
{
    private static readonly VolumeKeys Keys = new("vol1");
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly SmallVolume volume = new();

    [Fact]
    public async Task A_live_deletion_of_somebody_else_refuses_a_backup_and_a_restore()
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":2,"Acquired":true}""", age: 100);
        var before = objects.Contents.Count;

        var error = await Assert.ThrowsAsync<VolumeLockedException>(() => volume.BackUp(Store(objects, time: time), 2));
        Assert.Equal(ErrorKind.Busy, error.Kind);
        Assert.Equal(
            "volume 'vol1' in backup target 'memory:' is locked for a deletion (lock 'lock-theirs'), so this backup cannot start. " +
            "Try again when that is done; if its holder is gone, the lock expires in 50 s.", error.Message);
        await Assert.ThrowsAsync<VolumeLockedException>(() => Store(objects, time: time).Restore("b1"));
        Assert.Equal(before, objects.Contents.Count);
    }

    [Fact]
    public async Task A_live_backup_of_somebody_else_refuses_a_deletion_but_no_backup()
    {
        var objects = new MemoryObjectStore(time);
        var store = Store(objects, time: time);
        await volume.BackUp(store, 1);
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":1,"Acquired":false}""", age: 10);

        var error = await Assert.ThrowsAsync<VolumeLockedException>(() => store.DeleteBackupAsync("vol1", "b1", false, null, Token));
        Assert.Contains("is locked for a backup or a restore (lock 'lock-theirs'), so this deletion cannot start", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<VolumeLockedException>(() => store.DeleteVolumeAsync("vol1", false, null, Token));
        await volume.BackUp(store, 2);
        await volume.AssertRestores(store, 1, 2);
    }

    [Fact]
    public async Task An_expired_lock_refuses_nothing_and_stays()
    {
        var objects = new MemoryObjectStore(time);
        var store = Store(objects, time: time);
        await volume.BackUp(store, 1);
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":2,"Acquired":true}""", age: 151);
        await volume.BackUp(store, 2);
        Assert.Equal([Keys.Lock("lock-theirs")], objects.Locks());
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("""{"Name":"lock-theirs","Type":7}""")]
    public async Task A_lock_that_cannot_be_understood_counts_as_held_until_it_expires(string text)
    {
        var objects = new MemoryObjectStore(time);
        var store = Store(objects, time: time);
        await volume.BackUp(store, 1);
        SetLock(objects, "lock-theirs", text, age: 20);
        await Assert.ThrowsAsync<VolumeLockedException>(() => volume.BackUp(store, 2));
        await Assert.ThrowsAsync<VolumeLockedException>(() => store.DeleteBackupAsync("vol1", "b1", false, null, Token));
        SetLock(objects, "lock-theirs", text, age: 200);
        await volume.BackUp(store, 2);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_read_counts_as_held()
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":1,"Acquired":true}""", age: 20);
        await using var hostile = new HostileObjectStore(
            objects, request => request.Kind == StoreRequestKind.Get && request.Key.EndsWith("lock-theirs.lck", StringComparison.Ordinal) ? StoreFault.Unavailable : StoreFault.None);
        var error = await Assert.ThrowsAsync<VolumeLockedException>(() => volume.BackUp(Store(hostile, time: time), 2));
        Assert.Contains("its lock file cannot be read, which counts as held", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    public async Task The_age_of_a_lock_is_told_by_the_stores_clock_alone(int skewSeconds)
    {
        var storeTime = new FakeTimeProvider(time.GetUtcNow().AddSeconds(skewSeconds));
        var objects = new MemoryObjectStore(storeTime);
        var store = Store(objects, time: time);
        await volume.BackUp(store, 1);
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":2,"Acquired":true}""", age: 140, clock: storeTime);
        await Assert.ThrowsAsync<VolumeLockedException>(() => volume.BackUp(store, 2));
        SetLock(objects, "lock-theirs", """{"Name":"lock-theirs","Type":2,"Acquired":true}""", age: 160, clock: storeTime);
        await volume.BackUp(store, 2);
    }

    [Fact]
    public async Task A_store_that_does_not_list_our_own_lock_is_not_trusted()
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        await using var hostile = new HostileObjectStore(
            objects, request => request.Kind == StoreRequestKind.List && request.Key == Keys.LocksFolder ? StoreFault.SaysAbsent : StoreFault.None);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => Store(hostile, time: time).DeleteBackupAsync("vol1", "b1", false, null, Token));
        Assert.Contains("its listings cannot be trusted, so nothing was done", error.Message, StringComparison.Ordinal);
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task A_killed_run_on_this_machine_blocks_nobody_and_its_leftovers_are_removed()
    {
        var objects = new MemoryObjectStore(time);
        var killed = new HashSet<long>();
        await volume.BackUp(Store(objects, time: time), 1);
        await using var dying = new HostileObjectStore(
            objects, request => request.Kind == StoreRequestKind.Put && request.Key.EndsWith(".blk", StringComparison.Ordinal) ? StoreFault.Killed : StoreFault.None);
        var first = new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(1, killed) };
        await Assert.ThrowsAsync<StoreKilledException>(() => volume.BackUp(Store(dying, first, time), 2));
        Assert.Single(objects.Locks());

        var second = new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(2, killed) };
        var error = await Assert.ThrowsAsync<VolumeLockedException>(() => Store(objects, second, time).DeleteBackupAsync("vol1", "b1", false, null, Token));
        Assert.Contains("the backup 'b2' by process 1 on host 'host'", error.Message, StringComparison.Ordinal);
        killed.Add(1);
        var result = await volume.BackUp(Store(objects, second, time), 3);

        Assert.Empty(objects.Locks());
        Assert.DoesNotContain(Keys.Backup("b2"), objects.Contents.Keys);
        await volume.AssertRestores(Store(objects, second, time), 1, 3);
        if (result.Notes.Count > 0)
            Assert.Equal(["Removed the unfinished backup 'b2' of a run that was killed."], result.Notes);
    }

    [Fact]
    public async Task What_a_killed_run_left_stays_while_another_run_makes_its_backup_again()
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        await using var dying = new HostileObjectStore(
            objects, request => request.Kind == StoreRequestKind.Put && request.Key.EndsWith(".blk", StringComparison.Ordinal) ? StoreFault.Killed : StoreFault.None);
        var first = new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(1, []) };
        await Assert.ThrowsAsync<StoreKilledException>(() => volume.BackUp(Store(dying, first, time), 2));
        // Process 3 repeats b2: its lock is the dead one's with another name and process.
        var dead = Assert.Single(objects.Locks());
        var again = System.Text.Encoding.UTF8.GetString(objects.Contents[dead]).Replace(dead.Split('/')[^1][..^4], "lock-again", StringComparison.Ordinal)
            .Replace("\"Pid\":1", "\"Pid\":3", StringComparison.Ordinal);
        Assert.Contains("\"Pid\":3", again, StringComparison.Ordinal);
        SetLock(objects, "lock-again", again, age: 5);

        await volume.BackUp(Store(objects, new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(2, [1]) }, time), 3);

        Assert.Contains(Keys.Backup("b2"), objects.Contents.Keys);
        Assert.Equal([Keys.Lock("lock-again")], objects.Locks());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_was_killed_between_its_record_and_its_lock_has_finished_its_backup_and_blocks_nobody(bool isDeletionNext)
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        await using var dying = new HostileObjectStore(
            objects, request => request.Kind == StoreRequestKind.Delete && request.Key.EndsWith(StoreKeys.LockSuffix, StringComparison.Ordinal)
                ? StoreFault.Killed : StoreFault.None);
        var first = new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(1, []) };
        await Assert.ThrowsAsync<StoreKilledException>(() => volume.BackUp(Store(dying, first, time), 2));
        Assert.Single(objects.Locks());

        var next = Store(objects, new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(2, [1]) }, time);
        await volume.AssertRestores(next, 1, 2);
        if (isDeletionNext)
            await next.DeleteBackupAsync("vol1", "b1", false, null, Token);
        else
            await volume.BackUp(next, 3);
        Assert.Empty(objects.Locks());
        await volume.AssertRestores(next, isDeletionNext ? [2] : [1, 2, 3]);
    }

    [Theory]
    [InlineData(1, "restore")]
    [InlineData(2, "deletion")]
    public async Task The_lock_of_a_killed_restore_or_deletion_is_removed_by_whoever_comes_next(int type, string operation)
    {
        var objects = new MemoryObjectStore(time);
        var options = new BackupstoreOptions { LockTimings = Options.LockTimings, Processes = new FakeProcesses(2, [1]) };
        await volume.BackUp(Store(objects, time: time), 1);
        SetLock(objects, "lock-dead", $$$"""
            {"Name":"lock-dead","Type":{{{type}}},"Acquired":true,"Holder":{"Host":"host","Boot":"boot","PidNamespace":"pid:[1]","Pid":1,"StartTicks":1,"Operation":"{{{operation}}}","Backup":""}}
            """, age: 10);

        await volume.AssertRestores(Store(objects, options, time), 1);

        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task Work_stops_when_the_lock_could_not_be_refreshed_for_longer_than_it_lives()
    {
        var clock = new WatchedTime(time.GetUtcNow());
        var objects = new MemoryObjectStore(clock);
        var puts = 0;
        await using var hostile = new HostileObjectStore(objects, request =>
        {
            if (request.Kind != StoreRequestKind.Put || !request.Key.EndsWith(".lck", StringComparison.Ordinal))
                return StoreFault.None;
            return Interlocked.Increment(ref puts) <= 2 ? StoreFault.None : StoreFault.Unavailable;
        });
        var source = new StuckSource();
        var backup = Store(hostile, time: clock).BackUp("b1", source, request => request with { BlockSize = SmallVolume.BlockSize });
        await source.IsRead.Task.WaitAsync(Token);
        await UntilAsync(() => Task.FromResult(objects.Contents.ContainsKey(Keys.Backup("b1"))));
        // A refresh, and further ones until none of them can be in time. Then the clock stands still: how fast the work is wound up is nobody's limit.
        await clock.WhenSetAsync(LockTimings.Longhorn.Refresh, 1, Token);
        clock.Advance(LockTimings.Longhorn.Refresh);
        for (var age = LockTimings.Longhorn.Refresh; age <= LockTimings.Longhorn.Lifetime; age += LockTimings.Longhorn.RetryRefresh)
        {
            Assert.False(backup.IsCompleted);
            await clock.WhenSetAsync(LockTimings.Longhorn.RetryRefresh, 1 + (int)((age - LockTimings.Longhorn.Refresh) / LockTimings.Longhorn.RetryRefresh), Token);
            clock.Advance(LockTimings.Longhorn.RetryRefresh);
        }
        var error = await Assert.ThrowsAsync<LockLostException>(() => backup.WaitAsync(TimeSpan.FromMinutes(1), Token));
        Assert.Equal(
            "the lock on volume 'vol1' in backup target 'memory:' could not be refreshed for more than 150 s, so it no longer protects this operation, " +
            "which was stopped. Run it again when the target can be reached.", error.Message);
        Assert.DoesNotContain(Keys.Backup("b1"), objects.Contents.Keys);
    }

    [Fact]
    public async Task A_lock_is_refreshed_while_the_work_goes_on()
    {
        var clock = new WatchedTime(time.GetUtcNow());
        var objects = new MemoryObjectStore(clock);
        var source = new StuckSource();
        var backup = Store(objects, time: clock).BackUp("b1", source, request => request with { BlockSize = SmallVolume.BlockSize });
        await source.IsRead.Task.WaitAsync(Token);
        for (var refresh = 1; refresh <= 10; refresh++)
        {
            await clock.WhenSetAsync(LockTimings.Longhorn.Refresh, refresh, Token);
            clock.Advance(TimeSpan.FromSeconds(60));
            await UntilAsync(async () => (await objects.StatAsync(Assert.Single(objects.Locks()), Token))!.Value.LastModified == clock.GetUtcNow());
        }
        source.Release.SetResult();
        await backup.WaitAsync(TimeSpan.FromMinutes(1), Token);
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task Of_a_backup_and_a_deletion_that_begin_at_the_same_moment_one_goes_on()
    {
        var objects = new MemoryObjectStore(time);
        var options = new BackupstoreOptions { LockTimings = LockTimings.Longhorn with { Settle = TimeSpan.FromSeconds(2) } };
        for (var round = 0; round < 20; round++)
        {
            var locks = await Task.WhenAll(new[] { LockType.BackupOrRestore, LockType.Deletion }.Select(type =>
                StoreLock.BeginAsync(objects, Keys, type, "test", "", options, time, Token)));
            var confirming = locks.Select(held => held.ConfirmAsync(Token)).ToArray();
            time.Advance(TimeSpan.FromSeconds(2));
            await Task.WhenAll(confirming).WaitAsync(TimeSpan.FromMinutes(1), Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            Assert.Equal(1, confirming.Count(task => task.IsCompletedSuccessfully));
            Assert.Equal(1, confirming.Count(task => task.Exception?.InnerException is VolumeLockedException));
            foreach (var held in locks)
                await held.DisposeAsync();
            Assert.Empty(objects.Locks());
        }
    }

    [Fact]
    public async Task A_backup_waits_out_the_settling_time_before_its_record_and_works_meanwhile()
    {
        var clock = new WatchedTime(time.GetUtcNow());
        var objects = new MemoryObjectStore(clock);
        var options = new BackupstoreOptions { LockTimings = LockTimings.Longhorn };
        var backup = volume.BackUp(Store(objects, options, clock), 1);
        while (objects.BlockKeys().Count < 4)
            await Task.Delay(1, Token);
        await clock.WhenSetAsync(LockTimings.Longhorn.Settle, 1, Token);
        Assert.DoesNotContain(objects.Contents.Keys, key => key.EndsWith(".cfg", StringComparison.Ordinal));
        clock.Advance(LockTimings.Longhorn.Settle);
        await backup.WaitAsync(TimeSpan.FromMinutes(1), Token);
    }

    [Fact]
    public async Task Two_backups_of_one_volume_at_once_both_finish()
    {
        var objects = new MemoryObjectStore();
        var store = Store(objects);
        var results = await Task.WhenAll(Enumerable.Range(1, 3).Select(number => Task.Run(() => volume.BackUp(store, number))));
        await volume.AssertRestores(store, 1, 2, 3);
        Assert.Contains(objects.Volume().LastBackupName, results.Select(result => result.Backup));
        Assert.True((await store.VerifyAsync(null, null, deep: true, null, Token)).IsClean);
    }

    [Fact]
    public async Task Of_two_backups_of_one_name_at_once_only_one_goes_on()
    {
        var objects = new MemoryObjectStore(time);
        await volume.BackUp(Store(objects, time: time), 1);
        SetLock(objects, "lock-theirs", """
            {"Name":"lock-theirs","Type":1,"Acquired":false,"Holder":{"Host":"host","Boot":"boot","PidNamespace":"pid:[1]","Pid":1,"StartTicks":1,"Operation":"backup","Backup":"b2"}}
            """, age: 1);

        var error = await Assert.ThrowsAsync<VolumeLockedException>(() => volume.BackUp(Store(objects, time: time), 2));
        Assert.Contains("is locked for the backup 'b2' by process 1 on host 'host' (lock 'lock-theirs'), so this backup cannot start", error.Message, StringComparison.Ordinal);
        Assert.Equal([Keys.Lock("lock-theirs")], objects.Locks());
        await volume.BackUp(Store(objects, time: time), 3);
    }

    [Fact]
    public async Task A_cancelled_backup_leaves_nothing_that_blocks()
    {
        var objects = new MemoryObjectStore();
        var source = new StuckSource();
        using var cancel = new CancellationTokenSource();
        var backup = Store(objects).BackUpAsync(
            new BackupRequest { Volume = "vol1", Backup = "b1", BlockSize = SmallVolume.BlockSize }, source, null, cancel.Token);
        await source.IsRead.Task.WaitAsync(Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Empty(objects.Locks());
        Assert.DoesNotContain(Keys.Backup("b1"), objects.Contents.Keys);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(1, Token))
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "it did not happen within a minute");
    }

    private void SetLock(MemoryObjectStore objects, string name, string text, int age, TimeProvider? clock = null) =>
        objects.Set(Keys.Lock(name), Encoding.UTF8.GetBytes(text), (clock ?? time).GetUtcNow().AddSeconds(-age));

    /// <summary>A volume whose reads hang until they are released or cancelled.</summary>
    private sealed class StuckSource : IBlockSource
    {
        public TaskCompletionSource IsRead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long SizeBytes => 4 * SmallVolume.BlockSize;

        public int PreferredBlockSize => 4096;

        public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            IsRead.TrySetResult();
            await Release.Task.WaitAsync(cancellationToken);
            destination.Span.Fill((byte)(offset / SmallVolume.BlockSize));
        }

        public async IAsyncEnumerable<Extent> GetExtentsAsync(
            ByteRange range, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            yield return new Extent(range, ExtentState.Data);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
