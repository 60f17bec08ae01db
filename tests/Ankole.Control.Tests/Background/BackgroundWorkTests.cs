using System.Collections.Concurrent;
using Ankole.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests;

public sealed class BackgroundWorkTests : IAsyncDisposable
{
    private static readonly ResourceKey Key = new(Kinds.Backup, null, "one");
    private readonly FakeTimeProvider time = new();
    private readonly ConcurrentQueue<WorkResult> ends = new();
    private readonly ConcurrentQueue<TransferStatus> reports = new();
    private readonly ConcurrentQueue<ResourceKey> woken = new();
    private readonly BackgroundWork work;

    public BackgroundWorkTests()
    {
        work = new BackgroundWork(time, NullLogger.Instance) { Wake = woken.Enqueue };
    }

    public ValueTask DisposeAsync() => work.DisposeAsync();

    [Fact]
    public async Task Work_that_ends_is_told_once_and_its_resource_is_looked_at_again()
    {
        Assert.True(work.TryStart(Item("a", (_, _) => Task.CompletedTask)));
        await UntilAsync(() => !work.IsRunning("a"));
        Assert.Equal(WorkOutcome.Succeeded, Assert.Single(ends).Outcome);
        await UntilAsync(() => woken.Contains(Key));
    }

    [Fact]
    public async Task The_same_work_runs_once_at_a_time()
    {
        var gate = new TaskCompletionSource();
        var runs = 0;
        Task Run(TransferMeter meter, CancellationToken token)
        {
            Interlocked.Increment(ref runs);
            return gate.Task;
        }
        Assert.True(work.TryStart(Item("a", Run)));
        Assert.True(work.TryStart(Item("a", Run)));
        gate.SetResult();
        await UntilAsync(() => !work.IsRunning("a"));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_full_group_makes_others_wait_and_wakes_them_when_there_is_room()
    {
        var gate = new TaskCompletionSource();
        var other = new ResourceKey(Kinds.Backup, null, "two");
        Assert.True(work.TryStart(Item("a", (_, _) => gate.Task), limit: 1));
        Assert.False(work.TryStart(Item("b", (_, _) => Task.CompletedTask) with { Key = other }, limit: 1));
        Assert.DoesNotContain(other, woken);
        gate.SetResult();
        await UntilAsync(() => woken.Contains(other));
        Assert.True(work.TryStart(Item("b", (_, _) => Task.CompletedTask) with { Key = other }, limit: 1));
        await UntilAsync(() => ends.Count == 2);
    }

    [Fact]
    public async Task Progress_is_reported_about_once_a_second_while_it_moves()
    {
        TransferMeter? meter = null;
        var gate = new TaskCompletionSource();
        work.TryStart(Item("a", (given, _) =>
        {
            meter = given;
            return gate.Task;
        }));
        await UntilAsync(() => meter is not null);
        for (var second = 1; second <= 5; second++)
        {
            for (var part = 0; part < 10; part++)
                meter!.Report(new OperationProgress("sending", (second * 100) + part, 1000));
            // Not any report: one that was due already may come between two parts.
            var all = (second * 100) + 9;
            await AdvanceUntilAsync(() => reports.LastOrDefault()?.BytesDone == all);
        }
        Assert.InRange(reports.Count, 5, 10);
        Assert.True(reports.Last().BytesPerSecond > 0);
        Assert.Equal(50, reports.Last().Progress);
        gate.SetResult();
        await UntilAsync(() => !work.IsRunning("a"));
    }

    [Fact]
    public async Task Work_in_which_nothing_moves_is_stopped_with_the_reason()
    {
        work.TryStart(Item("a", (_, token) => Task.Delay(Timeout.Infinite, token)) with { StallAfter = TimeSpan.FromMinutes(2) });
        await AdvanceUntilAsync(() => !ends.IsEmpty);
        var end = Assert.Single(ends);
        Assert.Equal(WorkOutcome.Stalled, end.Outcome);
        Assert.Contains("120 s", end.Reason);
    }

    [Fact]
    public async Task A_pulse_keeps_silent_work_alive_until_its_deadline()
    {
        var beat = 0L;
        work.TryStart(Item("a", (_, token) => Task.Delay(Timeout.Infinite, token)) with
        {
            StallAfter = TimeSpan.FromSeconds(30), Deadline = TimeSpan.FromMinutes(10), Pulse = () => Interlocked.Increment(ref beat),
        });
        while (ends.IsEmpty)
        {
            var seen = Interlocked.Read(ref beat);
            time.Advance(TimeSpan.FromSeconds(1));
            // Each second is looked at before the next one comes; before the first look, and after the last, nothing is waited for long.
            for (var looks = 0; looks < 250 && ends.IsEmpty && Interlocked.Read(ref beat) == seen; looks++)
                await Task.Delay(2, TestContext.Current.CancellationToken);
        }
        Assert.Equal(WorkOutcome.DeadlineExceeded, Assert.Single(ends).Outcome);
    }

    [Fact]
    public async Task Work_that_ignores_being_told_to_stop_still_gets_its_end_and_keeps_its_place_until_it_is_gone()
    {
        var gate = new TaskCompletionSource();
        work.TryStart(Item("a", (_, _) => gate.Task));
        work.Cancel("a", "nobody wants it.");
        await AdvanceUntilAsync(() => !ends.IsEmpty);
        Assert.Equal(WorkOutcome.Cancelled, Assert.Single(ends).Outcome);
        Assert.Equal("nobody wants it.", Assert.Single(ends).Reason);
        Assert.True(work.IsRunning("a"));
        gate.SetResult();
        await UntilAsync(() => !work.IsRunning("a"));
        Assert.Single(ends);
    }

    [Fact]
    public async Task An_error_ends_it_with_its_message()
    {
        work.TryStart(Item("a", (_, _) => throw new AnkoleException(ErrorKind.Unavailable, "the server is away.")));
        await UntilAsync(() => !ends.IsEmpty);
        Assert.Equal((WorkOutcome.Failed, "the server is away."), (Assert.Single(ends).Outcome, Assert.Single(ends).Reason));
    }

    [Fact]
    public async Task Stopping_the_system_is_no_end_of_the_work()
    {
        work.TryStart(Item("a", (_, token) => Task.Delay(Timeout.Infinite, token)));
        await work.StopAsync();
        Assert.Empty(ends);
        Assert.False(work.TryStart(Item("b", (_, _) => Task.CompletedTask)));
    }

    private WorkItem Item(string id, Func<TransferMeter, CancellationToken, Task> run) => new(id, "group", Key)
    {
        RunAsync = run,
        ReportAsync = (status, _) =>
        {
            reports.Enqueue(status);
            return Task.CompletedTask;
        },
        EndAsync = (result, _) =>
        {
            ends.Enqueue(result);
            return Task.CompletedTask;
        },
    };

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
            await Task.Delay(2, deadline.Token);
    }

    private async Task AdvanceUntilAsync(Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(2, deadline.Token);
        }
    }
}
