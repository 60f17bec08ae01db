using Microsoft.Extensions.Time.Testing;

namespace Ankole.Backup.Tests;

/// <summary>The window over simulated lines: every block waits for its turn on the line, and its answer comes a while later.</summary>
public sealed class InFlightWindowTests
{
    private const int BlockBytes = 2 << 20, Most = 48;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_of_latency_is_filled_with_more_blocks()
    {
        var line = new SimulatedLine(latencySeconds: 1, bytesPerSecond: 40e6);
        await line.SendAsync(blocks: 1000);
        Assert.InRange(line.Window.Limit, 16, Most);
        // At 8 it would be 125 s, at the line's speed 52 s; the way up takes a few.
        Assert.InRange(line.ElapsedSeconds, 50, 65);
    }

    [Fact]
    public async Task Memory_bounds_the_window_whatever_the_latency()
    {
        var line = new SimulatedLine(latencySeconds: 20, bytesPerSecond: 1e9);
        await line.SendAsync(blocks: 2000);
        Assert.Equal(Most, line.Window.Limit);
        Assert.Equal(Most, line.MostUnderWay);
    }

    [Theory]
    [InlineData(0.02, 0.5e6)]
    [InlineData(0.2, 0.3e6)]
    [InlineData(0.001, 300e6)]
    public async Task A_line_that_is_full_is_not_given_more(double latencySeconds, double bytesPerSecond)
    {
        var line = new SimulatedLine(latencySeconds, bytesPerSecond);
        await line.SendAsync(blocks: 4000);
        Assert.Equal(8, line.LimitMostOfTheTime);
        // A trial once in a while, and no higher than one step.
        Assert.InRange(line.MostUnderWay, 8, 16);
    }

    [Fact]
    public async Task A_line_that_becomes_slow_to_answer_is_filled_again()
    {
        var line = new SimulatedLine(latencySeconds: 0.01, bytesPerSecond: 40e6);
        await line.SendAsync(blocks: 200);
        Assert.Equal(8, line.LimitMostOfTheTime);
        line.LatencySeconds = 1;
        await line.SendAsync(blocks: 3000);
        Assert.InRange(line.Window.Limit, 16, Most);
    }

    [Fact]
    public async Task Nothing_grows_while_nobody_waits_for_a_place()
    {
        var time = new FakeTimeProvider();
        var window = new InFlightWindow(Most, time);
        for (var i = 0; i < 1000; i++)
        {
            await window.EnterAsync(Token);
            time.Advance(TimeSpan.FromMilliseconds(50));
            window.Leave(BlockBytes);
        }
        Assert.Equal(8, window.Limit);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_place()
    {
        var window = new InFlightWindow(2, new FakeTimeProvider());
        await window.EnterAsync(Token);
        await window.EnterAsync(Token);
        using var giveUp = new CancellationTokenSource();
        var third = window.EnterAsync(giveUp.Token).AsTask();
        var fourth = window.EnterAsync(Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        window.Leave(0);
        await fourth;
    }

    [Fact]
    public void Buffers_stay_within_the_memory_that_is_allowed()
    {
        var options = new BackupstoreOptions();
        foreach (var blockSize in new[] { 64 << 10, 2 << 20, 16 << 20 })
        {
            var bounds = options.BoundsFor(blockSize);
            Assert.InRange((2L * bounds.AtWork * blockSize) + ((long)bounds.OnTheWay * blockSize), 1, options.BufferBytes);
        }
        Assert.Equal(new PipelineBounds(8, 48), options.BoundsFor(2 << 20));
        Assert.Equal(new PipelineBounds(2, 4), options.BoundsFor(16 << 20));
    }

    /// <summary>One line that carries block after block, and a store behind it that answers after the latency.</summary>
    private sealed class SimulatedLine(double latencySeconds, double bytesPerSecond)
    {
        private readonly FakeTimeProvider time = new();
        private readonly PriorityQueue<int, double> underWay = new();
        private readonly Dictionary<int, int> limits = [];
        private double now, lineIsFree;

        public double LatencySeconds { get; set; } = latencySeconds;

        public InFlightWindow Window => field ??= new InFlightWindow(Most, time);

        public double ElapsedSeconds => now;

        public int MostUnderWay { get; private set; }

        public int LimitMostOfTheTime => limits.MaxBy(pair => pair.Value).Key;

        public async Task SendAsync(int blocks)
        {
            var waiting = new Queue<Task>();
            for (var left = blocks; left > 0 || underWay.Count > 0;)
            {
                // As the pipeline has it: a few are ready before there is room for them.
                while (waiting.Count < 8 && left > waiting.Count)
                    waiting.Enqueue(Window.EnterAsync(Token).AsTask());
                if (waiting.Count > 0 && underWay.Count < Window.Limit)
                {
                    await waiting.Dequeue().WaitAsync(TimeSpan.FromSeconds(30), Token);
                    left--;
                    lineIsFree = Math.Max(now, lineIsFree) + (BlockBytes / bytesPerSecond);
                    underWay.Enqueue(left, lineIsFree + LatencySeconds);
                    MostUnderWay = Math.Max(MostUnderWay, underWay.Count);
                    continue;
                }
                underWay.TryDequeue(out _, out var done);
                time.Advance(TimeSpan.FromSeconds(done - now));
                now = done;
                Window.Leave(BlockBytes);
                limits[Window.Limit] = limits.GetValueOrDefault(Window.Limit) + 1;
            }
        }
    }
}
