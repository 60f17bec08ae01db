using System.Diagnostics;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>A real S3 server: many objects, racers, odd names, and the server killed, frozen and started again in the middle.</summary>
[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayTests(RadosGateway gateway)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_objects_are_put_listed_and_deleted_in_few_requests()
    {
        await using var store = Open();
        var keys = Enumerable.Range(0, 10_000).Select(i => $"backupstore/blocks/{i % 256:x2}/{i / 256:x2}/{i:d8}.blk").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
            async (key, token) => await store.PutAsync(key, new byte[] { 1, 2, 3 }, token));

        var before = store.Requests.Snapshot();
        var listed = await store.ListAsync("backupstore/", Token).Select(entry => entry.Key).ToListAsync(Token);
        Assert.Equal(keys.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        // A full last page may be followed by an empty one.
        Assert.InRange(WithoutRetries(store.Requests.Snapshot() - before), 10, 11);
        Assert.Equal(256, await store.ListFoldersAsync("backupstore/blocks/", Token).CountAsync(Token));

        before = store.Requests.Snapshot();
        await store.DeleteAsync(keys, Token);
        Assert.Equal(10, WithoutRetries(store.Requests.Snapshot() - before));
        Assert.Equal(0, await store.ListAsync("", Token).CountAsync(Token));
    }

    [Fact]
    public async Task Of_eight_racing_processes_one_wins_every_time()
    {
        gateway.Require();
        var target = gateway.NewTarget();
        var stores = Enumerable.Range(0, 8).Select(_ => ObjectStores.Open(target, gateway.Owner(), new ObjectStoreOptions())).ToList();
        for (var round = 0; round < 20; round++)
        {
            var won = await Task.WhenAll(stores.Select((store, i) => Task.Run(async () => await store.PutIfAbsentAsync($"race{round}", new[] { (byte)i }, Token))));
            Assert.Equal(1, won.Count(w => w));
            using var content = await stores[0].GetAsync($"race{round}", 1, Token);
            Assert.Equal(Array.IndexOf(won, true), content!.Span[0]);
        }
        Assert.All(stores, store => Assert.True(store.HasAtomicPutIfAbsent));
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task Objects_of_16_MiB_come_back_byte_for_byte_side_by_side()
    {
        await using var store = Open();
        await Parallel.ForAsync(0, 8, Token, async (i, token) =>
        {
            var content = new byte[16 << 20];
            new Random(i).NextBytes(content);
            await store.PutAsync($"b{i}", content, token);
            using var read = await store.GetAsync($"b{i}", 16 << 20, token);
            Assert.True(read!.Span.SequenceEqual(content));
        });
    }

    [Fact]
    public async Task A_long_object_is_streamed_window_by_window_and_a_replaced_one_is_noticed()
    {
        await using var store = Open();
        var content = new byte[20_000_001];
        new Random(1).NextBytes(content);
        await store.PutAsync("long", content, Token);
        using var copy = new MemoryStream();
        await using (var stream = (await store.OpenReadAsync("long", Token))!)
            await stream.CopyToAsync(copy, Token);
        Assert.True(copy.ToArray().AsSpan().SequenceEqual(content));

        await using var interrupted = (await store.OpenReadAsync("long", Token))!;
        await interrupted.ReadExactlyAsync(new byte[8 << 20], Token);
        await store.PutAsync("long", new byte[20_000_001], Token);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await interrupted.ReadExactlyAsync(new byte[1], Token));
        Assert.Contains("was replaced while it was read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b/c  d")]
    [InlineData("plus+and%percent%2F")]
    [InlineData("é/日本語/🐄")]
    [InlineData("a..b/...c/d.")]
    [InlineData("quote'\"<>&;=?#[]{}|\\^`~!@$*(),:")]
    [InlineData("UPPER/lower")]
    public async Task Odd_names_survive_every_operation(string key)
    {
        await using var store = Open();
        await store.PutAsync(key, "x"u8.ToArray(), Token);
        Assert.Equal(1, (await store.StatAsync(key, Token))!.Value.Length);
        (await store.GetAsync(key, 1, Token))!.Dispose();
        var listed = await store.ListAsync("", Token).ToListAsync(Token);
        Assert.Equal(key.Contains("/.", StringComparison.Ordinal) ? [] : [key], listed.Select(entry => entry.Key));
        Assert.False(await store.PutIfAbsentAsync(key, "y"u8.ToArray(), Token));
        await store.DeleteAsync([key, "other"], Token);
        Assert.Null(await store.StatAsync(key, Token));
    }

    [Fact]
    public async Task A_gateway_that_is_killed_and_started_again_is_waited_for()
    {
        await using var store = Open();
        await store.PutAsync("before", "1"u8.ToArray(), Token);
        await gateway.KillAsync();
        var put = store.PutAsync("during", "2"u8.ToArray(), Token).AsTask();
        var get = store.GetAsync("before", 1, Token).AsTask();
        await StoreActions.WhenRetryingAsync(store, attempts: 2);
        await gateway.StartAsync();
        await put.WaitAsync(TimeSpan.FromSeconds(60), Token);
        (await get.WaitAsync(TimeSpan.FromSeconds(60), Token))!.Dispose();
        Assert.NotNull(await store.StatAsync("during", Token));
    }

    [Fact]
    public async Task A_gateway_that_stays_dead_is_an_error_within_its_bounds()
    {
        await using var store = Open(new ObjectStoreOptions { RetryBudget = TimeSpan.FromSeconds(2) });
        await store.PutAsync("before", "1"u8.ToArray(), Token);
        await gateway.KillAsync();
        try
        {
            var watch = Stopwatch.StartNew();
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("before", 1, Token));
            Assert.InRange(watch.Elapsed.TotalSeconds, 1, 60);
            Assert.True(error.IsTransient);
            Assert.Contains("refuses the connection: nothing listens there", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            await gateway.StartAsync();
        }
    }

    [Fact]
    public async Task A_frozen_gateway_is_an_error_at_the_deadline_and_an_answer_once_it_thaws()
    {
        await using var impatient = Open(new ObjectStoreOptions { AttemptTimeout = TimeSpan.FromSeconds(1), MaxAttempts = 2 });
        await using var patient = Open(new ObjectStoreOptions { AttemptTimeout = TimeSpan.FromSeconds(1) });
        // The first two may be too impatient for a gateway that is merely busy, so a third one writes; its own limits are far away, so what ends its
        // requests is the cancellation.
        await using var unhurried = Open(new ObjectStoreOptions { Time = new PacedTime(PacedTime.Slow) });
        await unhurried.PutAsync("x", "1"u8.ToArray(), Token);
        // It must have had an answer once, else it gives up early.
        for (var isAnswered = false; !isAnswered;)
            isAnswered = await patient.StatAsync("x", Token).AsTask().ContinueWith(stat => stat.IsCompletedSuccessfully, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        await gateway.PauseAsync();
        try
        {
            var watch = Stopwatch.StartNew();
            var waiting = patient.PutAsync("z", "1"u8.ToArray(), Token).AsTask();
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await impatient.GetAsync("x", 1, Token));
            Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 60);
            Assert.Contains("no complete answer within 1 s: the server or the way to it hangs (tried 2 times).", error.Message, StringComparison.Ordinal);

            watch.Restart();
            using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await unhurried.ListAsync("", cancelling.Token).ToListAsync(cancelling.Token));
            Assert.InRange(watch.Elapsed.TotalSeconds, 0.2, 60);

            await gateway.ResumeAsync();
            await waiting.WaitAsync(TimeSpan.FromSeconds(120), Token);
        }
        finally
        {
            await gateway.ResumeAsync();
        }
    }

    private IObjectStore Open(ObjectStoreOptions? options = null)
    {
        gateway.Require();
        return ObjectStores.Open(gateway.NewTarget(), gateway.Owner(), options ?? new ObjectStoreOptions());
    }

    /// <summary>A server on a busy machine may make a request be sent again; that is not what a request costs.</summary>
    private static long WithoutRetries(RequestCounts counts) => counts.Total - counts.Retries;
}
