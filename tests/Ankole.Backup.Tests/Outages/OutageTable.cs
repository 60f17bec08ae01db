using System.Diagnostics;
using Ankole.Core;
using Ankole.Testing;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>
/// Every harm in the middle of every operation, on a real server: an error in time that says what happened, or recovery and success; never a hang, never a
/// lost finished backup, never a wrong "done"; and once the server is well again, the same operation run again succeeds.
/// </summary>
public abstract class OutageTable
{
    private const int BlockSize = 128 << 10, Blocks = 24;

    /// <summary>An attempt is given up after this; the error comes after a few of them.</summary>
    protected static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(1.5);

    /// <summary>Generous, for machines with other work: without any bound of ours it would be minutes.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Before the harm a request may take as long as it likes: that a busy server is slow is not what this is about.</summary>
    private readonly PacedTime clock = new(PacedTime.Slow);

    private readonly HashSet<long> killed = [];
    private readonly MemoryDevice[] contents = new MemoryDevice[4];
    private HarmedStore? harmed;

    public static TheoryData<Operation, Harm> Table()
    {
        var cells = new TheoryData<Operation, Harm>();
        foreach (var operation in Enum.GetValues<Operation>())
            foreach (var harm in Enum.GetValues<Harm>())
                cells.Add(operation, harm);
        return cells;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task The_server_is_harmed_in_the_middle(Operation operation, Harm harm)
    {
        var cannot = WhyNot(harm);
        Assert.SkipUnless(cannot is null, cannot ?? "");
        Fill();
        await using var objects = await OpenStoreAsync(QuickOptions(harm));
        foreach (var number in new[] { 1, 2 })
            await BackUpAsync(objects, number);

        var outcome = await RunHarmedAsync(objects, operation, harm);
        await UndoAsync(harm);
        clock.Pace = 1;

        TestContext.Current.TestOutputHelper?.WriteLine($"{outcome.Elapsed.TotalSeconds:0.0} s, {outcome.Error?.GetType().Name ?? "success"}: {outcome.Error?.Message}");
        Judge(operation, harm, outcome);
        // Another process goes on, which knows that the first one is gone.
        killed.Add(1);
        await using var after = await ReopenStoreAsync();
        await CheckAsync(after, operation, outcome.Error is null);
        if (outcome.Error is not null)
            await RunAgainAsync(after, operation);
        Assert.Empty((await StoreOf(after, 2).VerifyAsync(null, null, deep: true, null, Token)).Damage);
    }

    /// <summary>A store of this cell's own, empty.</summary>
    protected abstract ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options);

    /// <summary>The same store, by a client that knows nothing yet.</summary>
    protected abstract ValueTask<IObjectStore> ReopenStoreAsync();

    /// <summary>Why a harm cannot be done to this server, or null.</summary>
    protected virtual string? WhyNot(Harm harm) => null;

    protected abstract Task DoAsync(Harm harm);

    /// <summary>Makes the server well again; it may have come back by itself.</summary>
    protected abstract Task UndoAsync(Harm harm);

    /// <summary>Returns once a write is refused: a server may need seconds to take notice of a new setting.</summary>
    protected Task WhenRefusedAsync() => PollAsync(isRefused: true);

    /// <summary>Returns once a write is accepted again.</summary>
    protected Task WhenAcceptedAsync() => PollAsync(isRefused: false);

    /// <summary>What the error must say.</summary>
    protected abstract string CauseOf(Harm harm);

    /// <summary>How long the server may need to come back from a restart, on a machine with other work.</summary>
    protected virtual TimeSpan ReturnTime => TimeSpan.FromSeconds(45);

    protected virtual bool MustSucceed(Operation operation, Harm harm) => harm == Harm.Restarted;

    /// <summary>
    /// Either may happen on a server that takes nothing more: a restore only writes its lock, before the harm or after it; a deletion frees space as it goes,
    /// but may need some before.
    /// </summary>
    protected virtual bool MaySucceed(Operation operation, Harm harm) =>
        (operation == Operation.Restore && harm is Harm.Full or Harm.ReadOnly) || (operation == Operation.Deletion && harm == Harm.Full);

    /// <summary>Returns once no request is under way; those that come wait for the end of the harm.</summary>
    protected Task IdleAsync() => harmed!.IdleAsync();

    /// <summary>Times as in life, but a dead server is given up on after seconds instead of a minute and a half.</summary>
    private ObjectStoreOptions QuickOptions(Harm harm) => harm == Harm.Restarted
        ? new ObjectStoreOptions()
        : new ObjectStoreOptions { AttemptTimeout = AttemptTimeout, RetryBudget = TimeSpan.FromSeconds(3), Time = clock };

    private async Task PollAsync(bool isRefused)
    {
        await using var other = await ReopenStoreAsync();
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(100, Token))
        {
            try
            {
                await other.PutAsync(".ankole/poll", new byte[1], Token);
                await other.DeleteAsync([".ankole/poll"], Token);
                if (!isRefused)
                    return;
            }
            catch (ObjectStoreException) when (isRefused)
            {
                return;
            }
            catch (ObjectStoreException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
            }
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "the server does not take notice");
        }
    }

    private void Fill()
    {
        for (var number = 1; number < contents.Length; number++)
        {
            contents[number] = new MemoryDevice(Blocks * BlockSize);
            // Half of it is every backup's.
            contents[number].Randomize(0, Blocks / 2 * BlockSize, seed: 100);
            contents[number].Randomize(Blocks / 2 * BlockSize, Blocks / 2 * BlockSize, seed: number);
        }
    }

    private async Task<Outcome> RunHarmedAsync(IObjectStore objects, Operation operation, Harm harm)
    {
        using var giveUp = new CancellationTokenSource();
        var (since, sinceOnClock) = (0L, 0L);
        var seen = 0;
        var kind = operation switch { Operation.Backup => "put", Operation.Restore => "get", _ => "delete" };
        // The deletion's one batch of blocks comes after its record is gone; the others are half way.
        var half = operation == Operation.Deletion ? 1 : Blocks / 4;
        await using var store = new HarmedStore(objects, request => request == kind && ++seen == half, async () =>
        {
            await DoAsync(harm);
            (since, sinceOnClock) = (Stopwatch.GetTimestamp(), clock.GetTimestamp());
            // Who gives up does so long before the store would.
            if (harm == Harm.FrozenAndInterrupted)
                giveUp.CancelAfter(TimeSpan.FromMilliseconds(300));
            else
                clock.Pace = 1;
        });
        harmed = store;
        Exception? error = null;
        try
        {
            await OperateAsync(StoreOf(store, 1), operation, giveUp.Token).WaitAsync(Deadline + ReturnTime, Token);
        }
        catch (Exception e) when (e is AnkoleException or OperationCanceledException)
        {
            error = e;
        }
        var onClock = clock.GetElapsedTime(sinceOnClock);
        // The store takes leave of its server for seconds as they are in life.
        clock.Pace = 1;
        Assert.True(store.WasHarmed, "the moment never came");
        return new Outcome(error, Stopwatch.GetElapsedTime(since), onClock);
    }

    private Task OperateAsync(Backupstore store, Operation operation, CancellationToken cancellationToken) => operation switch
    {
        Operation.Backup => store.BackUpAsync(RequestOf(3), contents[3], null, cancellationToken),
        Operation.Restore => RestoreAsync(store, 2, cancellationToken),
        _ => store.DeleteBackupAsync("vol1", "b1", dryRun: false, null, cancellationToken),
    };

    private void Judge(Operation operation, Harm harm, Outcome outcome)
    {
        if (harm == Harm.FrozenAndInterrupted)
        {
            Assert.IsAssignableFrom<OperationCanceledException>(outcome.Error);
            // Before the store would have given up by its own clock, which goes so slowly here that this machine's other work has no part in it.
            Assert.InRange(outcome.OnClock, TimeSpan.Zero, AttemptTimeout);
            return;
        }
        if (MustSucceed(operation, harm))
        {
            Assert.Null(outcome.Error);
            return;
        }
        if (outcome.Error is null && MaySucceed(operation, harm))
            return;
        var error = Assert.IsAssignableFrom<AnkoleException>(outcome.Error);
        // What is not mounted does not exist; nothing else is wrong with what was asked.
        Assert.Contains(error.Kind, new[] { ErrorKind.Unavailable, ErrorKind.NotFound });
        Assert.Matches(CauseOf(harm), error.Message);
        Assert.InRange(outcome.Elapsed, TimeSpan.Zero, Deadline);
    }

    /// <summary>Whatever was said: finished backups are there and right, and what was reported as done is done.</summary>
    private async Task CheckAsync(IObjectStore after, Operation operation, bool wasDone)
    {
        var store = StoreOf(after, 2);
        await RestoreAsync(store, 2, Token);
        if (operation != Operation.Deletion)
            await RestoreAsync(store, 1, Token);
        else if (wasDone)
            Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAnyAsync<AnkoleException>(() => RestoreAsync(store, 1, Token))).Kind);
        if (operation == Operation.Backup && wasDone)
            await RestoreAsync(store, 3, Token);
    }

    private async Task RunAgainAsync(IObjectStore after, Operation operation)
    {
        var store = StoreOf(after, 2);
        try
        {
            await OperateAsync(store, operation, Token);
        }
        catch (AnkoleException e) when (operation == Operation.Deletion && e.Kind == ErrorKind.NotFound)
        {
            // It was done but for the answer.
        }
        catch (AnkoleException e) when (operation == Operation.Backup && e.Kind == ErrorKind.Refused)
        {
            Assert.Contains("exists already", e.Message, StringComparison.Ordinal);
        }
        if (operation == Operation.Backup)
            await RestoreAsync(store, 3, Token);
        await RestoreAsync(store, 2, Token);
        Assert.Equal(
            await VolumeContentsAsync(after), (await store.VerifyAsync(null, null, deep: false, null, Token)).Blocks);
    }

    private static async Task<long> VolumeContentsAsync(IObjectStore objects) =>
        await objects.ListAsync("backupstore/", Token).CountAsync(entry => entry.Key.EndsWith(".blk", StringComparison.Ordinal), Token);

    private Task<BackupResult> BackUpAsync(IObjectStore objects, int number) =>
        StoreOf(objects, 1).BackUpAsync(RequestOf(number), contents[number], null, Token);

    private static BackupRequest RequestOf(int number) => new()
    {
        Volume = "vol1", Backup = $"b{number}", BlockSize = BlockSize, Compression = CompressionMethod.None,
    };

    /// <summary>Fails if what is reported as restored is not what was backed up.</summary>
    private async Task RestoreAsync(Backupstore store, int number, CancellationToken cancellationToken)
    {
        await using var restore = await store.OpenRestoreAsync(new RestoreRequest { Volume = "vol1", Backup = $"b{number}" }, cancellationToken);
        var device = new MemoryDevice(restore.SizeBytes);
        await restore.RunAsync(device, destinationIsZero: true, null, cancellationToken);
        Assert.Equal(contents[number].Sha256, device.Sha256);
    }

    private Backupstore StoreOf(IObjectStore objects, long process) => Store(objects, new BackupstoreOptions
    {
        LockTimings = Options.LockTimings, Processes = new FakeProcesses(process, killed), MaxBlocksInFlight = 4,
    });

    private sealed record Outcome(Exception? Error, TimeSpan Elapsed, TimeSpan OnClock);
}
