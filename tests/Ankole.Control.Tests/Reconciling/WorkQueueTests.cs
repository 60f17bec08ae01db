using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests;

public sealed class WorkQueueTests
{
    private static readonly ResourceKey One = new(Kinds.Volume, null, "one");
    private static readonly ResourceKey Two = new(Kinds.Volume, null, "two");
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_is_added_often_comes_once()
    {
        using var queue = Create();
        queue.Add(One);
        queue.Add(Two);
        queue.Add(One);
        Assert.Equal(One, await queue.TakeAsync(Token));
        Assert.Equal(Two, await queue.TakeAsync(Token));
        AssertEmpty(queue);
    }

    [Fact]
    public async Task A_key_that_is_added_while_it_is_worked_on_comes_again_afterwards_and_not_before()
    {
        using var queue = Create();
        queue.Add(One);
        await queue.TakeAsync(Token);
        queue.Add(One);
        queue.Add(One);
        AssertEmpty(queue);
        queue.Finish(One, failed: false, again: null);
        Assert.Equal(One, await queue.TakeAsync(Token));
        queue.Finish(One, failed: false, again: null);
        AssertEmpty(queue);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public async Task Failures_in_a_row_wait_longer_and_longer_up_to_five_minutes_and_a_success_forgets_them()
    {
        using var queue = Create();
        queue.Add(One);
        var pauses = new List<TimeSpan>();
        for (var i = 0; i < 14; i++)
        {
            await queue.TakeAsync(Token);
            pauses.Add(queue.Finish(One, failed: true, again: null)!.Value);
            AssertEmpty(queue);
            time.Advance(pauses[^1]);
        }
        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(187), TimeSpan.FromMilliseconds(250));
        Assert.InRange(pauses[3], TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2));
        Assert.InRange(pauses[13], TimeSpan.FromMinutes(3.75), TimeSpan.FromMinutes(5));
        await queue.TakeAsync(Token);
        Assert.Null(queue.Finish(One, failed: false, again: null));
        queue.Add(One);
        await queue.TakeAsync(Token);
        Assert.InRange(queue.Finish(One, failed: true, again: null)!.Value, TimeSpan.FromMilliseconds(187), TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task A_failure_waits_even_when_its_key_was_wanted_meanwhile()
    {
        using var queue = Create();
        queue.Add(One);
        await queue.TakeAsync(Token);
        queue.Add(One);
        var pause = queue.Finish(One, failed: true, again: null)!.Value;
        AssertEmpty(queue);
        time.Advance(pause);
        Assert.Equal(One, await queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_delayed_key_comes_at_its_time_unless_a_change_brought_it_before()
    {
        using var queue = Create();
        queue.AddAfter(One, TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromSeconds(59));
        AssertEmpty(queue);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(One, await queue.TakeAsync(Token));
        queue.Finish(One, failed: false, TimeSpan.FromMinutes(1));
        queue.Add(One);
        await queue.TakeAsync(Token);
        queue.Finish(One, failed: false, again: null);
        time.Advance(TimeSpan.FromMinutes(5));
        AssertEmpty(queue);
    }

    private WorkQueue Create() => new(time, new Random(1));

    private static void AssertEmpty(WorkQueue queue)
    {
        var taking = queue.TakeAsync(new CancellationToken(canceled: true));
        Assert.True(taking.IsCanceled);
    }
}
