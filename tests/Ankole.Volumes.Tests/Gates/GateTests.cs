namespace Ankole.Volumes.Tests;

public sealed class GateTests
{
    [Fact]
    public async Task One_alone_excludes_all_others_and_everybody_gets_in()
    {
        var gate = new SharedGate();
        int inside = 0, alone = 0, wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(lane => Task.Run(async () =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if ((i + lane) % 50 == 0)
                {
                    await gate.EnterAloneAsync();
                    if (Interlocked.Increment(ref alone) != 1 || Volatile.Read(ref inside) != 0)
                        Interlocked.Increment(ref wrong);
                    Interlocked.Decrement(ref alone);
                    gate.ExitAlone();
                    continue;
                }
                if (i % 3 != 0 || !gate.TryEnterShared())
                    await gate.EnterSharedAsync();
                Interlocked.Increment(ref inside);
                if (Volatile.Read(ref alone) != 0)
                    Interlocked.Increment(ref wrong);
                Interlocked.Decrement(ref inside);
                gate.ExitShared();
            }
        })));
        Assert.Equal(0, wrong);
        Assert.True(gate.TryEnterShared());
    }

    [Fact]
    public async Task An_epoch_advances_only_after_those_who_were_inside_have_left()
    {
        var epoch = new ReadEpoch();
        var current = new object[] { new Flag() };
        var wrong = 0;
        using var stop = new CancellationTokenSource();
        // Threads of their own: what never waits must not take the pool's.
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                var side = epoch.Enter();
                var seen = (Flag)Volatile.Read(ref current[0]);
                Thread.SpinWait(20);
                if (seen.IsDisposed)
                    Interlocked.Increment(ref wrong);
                epoch.Exit(side);
                Thread.Yield();
            }
        }, TaskCreationOptions.LongRunning)).ToList();
        for (var i = 0; i < 5_000; i++)
        {
            var old = (Flag)current[0];
            Volatile.Write(ref current[0], new Flag());
            await epoch.AdvanceAsync();
            old.IsDisposed = true;
        }
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public async Task Flushes_asked_for_during_a_flush_share_the_next_one_and_none_succeeds_after_a_failure()
    {
        using var begun = new SemaphoreSlim(0);
        using var mayEnd = new SemaphoreSlim(0);
        var flushes = 0;
        var fails = false;
        var group = new FlushGroup(() =>
        {
            Interlocked.Increment(ref flushes);
            begun.Release();
            mayEnd.Wait();
            if (fails)
                throw new IOException("the disk is gone");
        });
        var first = group.FlushAsync().AsTask();
        await begun.WaitAsync(TestContext.Current.CancellationToken);
        var others = Enumerable.Range(0, 10).Select(_ => group.FlushAsync().AsTask()).ToList();
        mayEnd.Release();
        await first;
        Assert.DoesNotContain(others, other => other.IsCompleted);
        await begun.WaitAsync(TestContext.Current.CancellationToken);
        mayEnd.Release();
        await Task.WhenAll(others);
        Assert.Equal(2, flushes);

        fails = true;
        mayEnd.Release();
        await Assert.ThrowsAsync<IOException>(() => group.FlushAsync().AsTask());
        fails = false;
        await Assert.ThrowsAsync<IOException>(() => group.FlushAsync().AsTask());
        Assert.Equal(3, flushes);
    }

    private sealed class Flag
    {
        public volatile bool IsDisposed;
    }
}
