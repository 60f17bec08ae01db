using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>Servers and networks that fail in the ways only a script can make them fail.</summary>
public sealed class S3FaultTests : IAsyncDisposable
{
    private static readonly ObjectStoreOptions Quick = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(2),
        LongestPause = TimeSpan.FromMilliseconds(20),
        MaxAttempts = 4,
    };

    /// <summary>For servers that answer nothing: a loaded machine may take as long for an answer that comes.</summary>
    private static readonly ObjectStoreOptions Impatient = Quick with { AttemptTimeout = TimeSpan.FromMilliseconds(400) };

    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_storm_of_SlowDown_slows_the_whole_store_down_and_every_request_succeeds()
    {
        server.Script = (_, number) => number is > 5 and <= 100 ? FakeReply.Error(503, "SlowDown", "Please reduce your request rate.") : null;
        var lowest = 64;
        await using var store = server.Open(Quick with { MaxInFlight = 64, MaxAttempts = 50, LongestPause = TimeSpan.FromMilliseconds(300) });
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
        {
            await store.PutAsync($"k{i}", new byte[10], token);
            InterlockedMin(ref lowest, store.InFlightLimit);
        });
        Assert.Equal(64, server.Objects.Count);
        Assert.InRange(lowest, 1, 32);
        for (var i = 0; i < 2000 && store.InFlightLimit < 40; i++)
            (await store.GetAsync("k1", 10, Token))!.Dispose();
        Assert.InRange(store.InFlightLimit, 40, 64);
    }

    [Fact]
    public async Task A_put_whose_reply_is_lost_is_sent_again()
    {
        server.Script = (request, number) => number == 2 ? Processed(request) : null;
        await using var store = server.Open(Quick);
        await store.PutAsync("first", new byte[1], Token);
        await store.PutAsync("x", new byte[5], Token);
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(5, server.Objects["/bucket/path/x"].Length);
    }

    [Fact]
    public async Task A_conditional_put_that_won_before_its_reply_was_lost_has_won()
    {
        server.Script = (request, _) => request.Path.EndsWith("/lock", StringComparison.Ordinal) && request.Method == "PUT" && server.Objects.TryAdd("lost", [])
            ? Processed(request)
            : null;
        await using var store = server.Open(Quick);
        Assert.True(await store.PutIfAbsentAsync("lock", "mine"u8.ToArray(), Token));
        Assert.False(await store.PutIfAbsentAsync("lock", "mine"u8.ToArray(), Token));
    }

    [Fact]
    public async Task A_conditional_put_that_lost_to_the_same_bytes_while_its_reply_was_lost_has_lost()
    {
        await using var store = server.Open(Quick);
        await store.PutIfAbsentAsync("other", new byte[1], Token);
        server.Objects["/bucket/path/lock"] = "same"u8.ToArray();
        server.Marks["/bucket/path/lock"] = "somebody else";
        var first = true;
        server.Script = (request, _) =>
        {
            if (!first || request.Method != "PUT")
                return null;
            first = false;
            return FakeReply.Lost;
        };
        Assert.False(await store.PutIfAbsentAsync("lock", "same"u8.ToArray(), Token));
    }

    [Fact]
    public async Task A_body_that_ends_early_is_read_again()
    {
        await using var store = server.Open(Quick);
        await store.PutAsync("x", new byte[100_000], Token);
        server.Script = (request, number) => number == 2 ? server.Answer(request) with { CloseAfter = 70_000 } : null;
        using var bytes = await store.GetAsync("x", 1 << 20, Token);
        Assert.Equal(100_000, bytes!.Length);
        Assert.Equal((170_000, 1), (store.Requests.Snapshot().BytesRead, store.Requests.Snapshot().Retries));
    }

    [Fact]
    public async Task A_body_that_always_ends_early_is_an_error_and_never_a_short_object()
    {
        await using var store = server.Open(Quick);
        await store.PutAsync("x", new byte[1000], Token);
        server.Script = (request, _) => server.Answer(request) with { CloseAfter = 999 };
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("x", 1 << 20, Token));
        Assert.True(error.IsTransient);
        Assert.StartsWith($"cannot read 'x' in s3://bucket@us-east-1/path/: the connection to 127.0.0.1:{server.Port} was lost", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(tried 4 times).", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_body_that_stalls_ends_at_the_deadline(int after)
    {
        await using (var patient = server.Open(Quick))
            await patient.PutAsync("x", new byte[1000], Token);
        await using var store = server.Open(Impatient with { MaxAttempts = 2 });
        server.Script = (request, _) => server.Answer(request) with { StallAfter = after };
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("x", 1 << 20, Token));
        Assert.InRange(watch.ElapsedMilliseconds, 700, 30_000);
        Assert.Equal(
            "cannot read 'x' in s3://bucket@us-east-1/path/: no complete answer within 0.4 s: the server or the way to it hangs (tried 2 times).", error.Message);
    }

    [Fact]
    public async Task A_server_that_takes_a_body_and_says_nothing_ends_at_the_deadline()
    {
        server.Script = (_, _) => FakeReply.Silent;
        await using var store = server.Open(Impatient with { MaxAttempts = 1 });
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[10], Token));
        Assert.Contains("no complete answer within 0.4 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_request_at_once_wherever_it_is()
    {
        await using var store = server.Open(Quick with { AttemptTimeout = TimeSpan.FromMinutes(5), FirstPause = TimeSpan.FromMinutes(5), LongestPause = TimeSpan.FromMinutes(5) });
        await store.PutAsync("x", new byte[1000], Token);
        foreach (var reply in (FakeReply[])[FakeReply.Stalled, new FakeReply(200, new byte[1000]) { StallAfter = 10 }, FakeReply.Error(500, "InternalError")])
        {
            server.Script = (_, _) => reply;
            using var cancelling = new CancellationTokenSource();
            var request = store.GetAsync("x", 1 << 20, cancelling.Token).AsTask();
            await Task.Delay(200, Token);
            var watch = Stopwatch.StartNew();
            await cancelling.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            Assert.InRange(watch.ElapsedMilliseconds, 0, 30_000);
        }
    }

    [Fact]
    public async Task A_server_that_never_answered_is_given_up_soon()
    {
        // Bound, so that nobody else gets the port, and nobody listens on it.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)silent.LocalEndPoint!).Port;
        await using var store = server.Open(new ObjectStoreOptions(), ("AWS_ENDPOINTS", $"http://127.0.0.1:{port}"));
        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 30_000);
        Assert.Equal(
            $"cannot write 'x' in s3://bucket@us-east-1/path/: 127.0.0.1:{port} refuses the connection: nothing listens there; " +
            "check host and port, and that the server runs (tried 3 times).", error.Message);
    }

    [Fact]
    public async Task A_rate_limit_holds_over_all_requests_together()
    {
        await using var store = server.Open(Quick with { LimitBytesPerSecond = 2 << 20 });
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => store.PutAsync($"k{i}", new byte[256 << 10], Token).AsTask()));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.5, 30);
        watch.Restart();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => (await store.GetAsync($"k{i}", 1 << 20, Token))!.Dispose()));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.7, 30);
    }

    private FakeReply Processed(FakeRequest request)
    {
        server.Answer(request);
        return FakeReply.Lost;
    }

    private static void InterlockedMin(ref int target, int value)
    {
        for (var seen = target; value < seen; seen = target)
            Interlocked.CompareExchange(ref target, value, seen);
    }
}
