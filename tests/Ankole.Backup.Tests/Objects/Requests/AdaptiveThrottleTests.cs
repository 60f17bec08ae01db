using Microsoft.Extensions.Time.Testing;

namespace Ankole.Backup.Tests;

public sealed class AdaptiveThrottleTests
{
    private readonly FakeTimeProvider time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_comes_when_it_is_full_waits_and_goes_in_order()
    {
        var throttle = new AdaptiveThrottle(2, time);
        await throttle.EnterAsync(Token);
        await throttle.EnterAsync(Token);
        var third = throttle.EnterAsync(Token).AsTask();
        var fourth = throttle.EnterAsync(Token).AsTask();
        Assert.False(third.IsCompleted);
        throttle.Leave();
        await third;
        Assert.False(fourth.IsCompleted);
        throttle.Leave();
        await fourth;
    }

    [Fact]
    public async Task One_burst_of_refusals_halves_the_number_once_and_answers_let_it_grow()
    {
        var throttle = new AdaptiveThrottle(64, time);
        for (var i = 0; i < 64; i++)
            throttle.SlowDown();
        Assert.Equal(32, throttle.Limit);
        for (var i = 0; i < 10; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            throttle.SlowDown();
        }
        Assert.Equal(1, throttle.Limit);
        await throttle.EnterAsync(Token);
        Assert.False(throttle.EnterAsync(Token).AsTask().IsCompleted);
        for (var i = 0; i < 64 * 64; i++)
            throttle.Answered();
        Assert.Equal(64, throttle.Limit);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_place()
    {
        var throttle = new AdaptiveThrottle(1, time);
        await throttle.EnterAsync(Token);
        using var cancelling = new CancellationTokenSource();
        var impatient = throttle.EnterAsync(cancelling.Token).AsTask();
        var patient = throttle.EnterAsync(Token).AsTask();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        throttle.Leave();
        await patient;
    }

    [Fact]
    public async Task Bytes_are_paced_in_order_of_arrival()
    {
        var limit = new ByteRateLimit(1000, time);
        Assert.Equal(TimeSpan.Zero, await limit.WaitAsync(2000, Token));
        var second = limit.WaitAsync(500, Token).AsTask();
        var third = limit.WaitAsync(1, Token).AsTask();
        time.Advance(TimeSpan.FromSeconds(1.99));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.02));
        await second;
        Assert.False(third.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.5));
        await third;
    }

    /// <summary>A lock is refreshed every minute and lives for 150 seconds; blocks of 16 MiB at 64 KiB/s would hold it up for longer.</summary>
    [Fact]
    public async Task A_lock_does_not_wait_behind_the_blocks_of_a_slow_line()
    {
        var limit = new ByteRateLimit(64 << 10, time);
        await limit.WaitForObjectAsync(16 << 20, Token);
        var block = limit.WaitForObjectAsync(16 << 20, Token).AsTask();
        Assert.Equal(TimeSpan.Zero, await limit.WaitForObjectAsync(300, Token));
        time.Advance(TimeSpan.FromSeconds(250));
        Assert.False(block.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));
        await block;
    }

    [Fact]
    public async Task Small_objects_keep_to_the_rate_too_and_what_they_take_is_nobody_elses()
    {
        var limit = new ByteRateLimit(1000, time);
        Assert.Equal(TimeSpan.Zero, await limit.WaitForObjectAsync(1000, Token));
        var second = limit.WaitForObjectAsync(1000, Token).AsTask();
        var block = limit.WaitForObjectAsync(1 << 20, Token).AsTask();
        time.Advance(TimeSpan.FromSeconds(1.1));
        await second;
        Assert.False(block.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        await block;
    }
}
