using System.Diagnostics;
using Ankole.Testing;

namespace Ankole.Nfs.Tests.Real;

/// <summary>A server that is frozen, killed and started again: an error in time or recovery, and nothing that was reported as written is lost.</summary>
/// <remarks>Where a time limit is short, time goes slowly while the server runs: a busy one may need longer than that.</remarks>
[Trait("Category", "RealServer")]
public sealed class OutageTests(Ganesha server) : IClassFixture<Ganesha>
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frozen_server_is_an_error_at_the_deadline_and_works_again_afterwards()
    {
        server.Require();
        var time = new PacedTime(PacedTime.Slow);
        await using var client = await server.ConnectToNewFolderAsync(
            options => options with { Timeout = TimeSpan.FromSeconds(0.7), Retransmissions = 1, Deadline = TimeSpan.FromSeconds(1.5), TimeProvider = time });
        await client.WriteFileAsync("before", new byte[10], None);
        await server.PauseAsync();
        time.Pace = 1;
        try
        {
            var clock = Stopwatch.StartNew();
            var writes = Enumerable.Range(0, 40).Select(async i => await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync($"f{i}", new byte[100_000], None)));
            var errors = await Task.WhenAll(writes);
            Assert.InRange(clock.Elapsed.TotalSeconds, 1, 60);
            Assert.All(errors, error => Assert.True(error.IsTransient));
            Assert.Contains(errors, error => error.Message.Contains($"NFS server 127.0.0.1:{server.Port} did not answer within 1.5 s (last: no answer within 0.7 s)"));
        }
        finally
        {
            await server.ResumeAsync();
        }
        time.Pace = PacedTime.Slow;
        await client.WriteFileAsync("after", new byte[20], None);
        Assert.Equal(20, (await client.StatAsync("after", None))!.Value.Length);
        time.Pace = 1;
    }

    [Fact]
    public async Task A_cancelled_call_to_a_frozen_server_returns_at_once_and_its_slots_are_used_again()
    {
        server.Require();
        // Slow: its own limits are far away, so what ends its calls is the cancellation.
        var time = new PacedTime(PacedTime.Slow);
        await using var client = await server.ConnectToNewFolderAsync(options => options with { MaxRequestsInFlight = 4, TimeProvider = time });
        await server.PauseAsync();
        try
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
            var calls = Enumerable.Range(0, 12).Select(i => client.WriteFileAsync($"f{i}", new byte[2 << 20], stop.Token).AsTask()).ToList();
            await Task.Delay(600, None);
            var clock = Stopwatch.StartNew();
            foreach (var call in calls)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
        }
        finally
        {
            await server.ResumeAsync();
        }
        for (var i = 0; i < 8; i++)
            await client.WriteFileAsync($"g{i}", new byte[1000], None);
        time.Pace = 1;
    }

    [Fact]
    public async Task A_frozen_server_does_not_hold_up_the_end_of_the_client()
    {
        server.Require();
        var time = new WatchedTime();
        var client = await server.ConnectToNewFolderAsync(options => options with { TimeProvider = time });
        await server.PauseAsync();
        try
        {
            // Two seconds of the client's clock for the farewell, and not a moment more.
            var leaving = client.DisposeAsync().AsTask();
            await time.WhenSetAsync(TimeSpan.FromSeconds(2), 1, None);
            Assert.False(leaving.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(2));
            await leaving.WaitAsync(TimeSpan.FromMinutes(1), None);
        }
        finally
        {
            await server.ResumeAsync();
        }
    }

    [Fact]
    public async Task A_connection_to_a_frozen_server_ends_at_its_deadline()
    {
        server.Require();
        await server.PauseAsync();
        try
        {
            // Slow: on a busy machine the connecting alone may take half a second.
            var time = new PacedTime(PacedTime.Slow);
            var error = await Assert.ThrowsAsync<NfsException>(() => NfsClient.ConnectAsync(
                server.Options() with { Timeout = TimeSpan.FromSeconds(0.5), Retransmissions = 0, TimeProvider = time }, logger: null, None));
            Assert.Contains("accepted the connection but gave no answer", error.Message);
        }
        finally
        {
            await server.ResumeAsync();
        }
    }

    [Fact]
    public async Task A_server_killed_and_started_again_in_the_middle_of_writes_loses_nothing_that_was_reported_as_written()
    {
        server.Require();
        var time = new PacedTime(1);
        await using var client = await server.ConnectToNewFolderAsync(options => options with { Deadline = TimeSpan.FromSeconds(30), TimeProvider = time });
        var written = new HashSet<int>();
        var work = Parallel.ForAsync(0, 120, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (i, token) =>
        {
            // Files of one request and of several, new ones and created-if-absent.
            var content = FileTests.RandomBytes(i % 3 == 0 ? 5 << 20 : 300_000 + i);
            if (i % 4 == 1)
                Assert.True(await client.CreateFileAsync($"d/{i}", content, token));
            else
                await client.WriteFileAsync($"d/{i}", content, token);
            lock (written)
                written.Add(i);
        });
        for (var kill = 0; kill < 3; kill++)
        {
            // Others are under way.
            while (!work.IsCompleted && Count() < 10 + (kill * 35))
                await Task.Delay(5, None);
            Assert.False(work.IsCompleted);
            await server.KillAsync();
            // How long this machine needs to start it is not the client's affair.
            time.Pace = PacedTime.Slow;
            await server.StartAsync();
            time.Pace = 1;
        }
        await work;

        int Count()
        {
            lock (written)
                return written.Count;
        }

        Assert.Equal(120, written.Count);
        for (var i = 0; i < 120; i++)
        {
            var content = FileTests.RandomBytes(i % 3 == 0 ? 5 << 20 : 300_000 + i);
            using var read = await client.ReadFileAsync($"d/{i}", 8 << 20, None);
            Assert.True(read is not null && content.AsSpan().SequenceEqual(read.Memory.Span), $"file {i} is not what was written");
        }
    }

    [Fact]
    public async Task A_server_that_stays_away_is_an_error_at_the_deadline()
    {
        server.Require();
        var time = new PacedTime(PacedTime.Slow);
        await using var client = await server.ConnectToNewFolderAsync(
            options => options with { Timeout = TimeSpan.FromSeconds(1), Retransmissions = 1, Deadline = TimeSpan.FromSeconds(1.5), TimeProvider = time });
        await server.KillAsync();
        time.Pace = 1;
        try
        {
            var clock = Stopwatch.StartNew();
            var error = await Assert.ThrowsAsync<NfsException>(async () => await client.StatAsync("f", None));
            Assert.InRange(clock.Elapsed.TotalSeconds, 1, 60);
            Assert.Contains("did not answer within 1.5 s", error.Message);
        }
        finally
        {
            await server.StartAsync();
        }
        time.Pace = PacedTime.Slow;
        Assert.Null(await client.StatAsync("f", None));
        time.Pace = 1;
    }
}
