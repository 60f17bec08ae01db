using System.Diagnostics;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>A real blob server: many objects, racers, odd names, wrong keys, and the server killed, frozen and started again in the middle.</summary>
[Collection(Azurite.Collection)]
[Trait("Category", "RealServer")]
public sealed class AzuriteTests(Azurite server)
{
    private static readonly string WrongKey = Convert.ToBase64String("a key that must never be shown 012345678901234567890123456789012"u8);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_objects_are_put_listed_and_deleted_in_few_requests()
    {
        await using var store = server.Open();
        var keys = Enumerable.Range(0, 10_000).Select(i => $"backupstore/blocks/{i % 256:x2}/{i / 256:x2}/{i:d8}.blk").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
            async (key, token) => await store.PutAsync(key, new byte[] { 1, 2, 3 }, token));

        var before = store.Requests.Snapshot();
        var listed = await store.ListAsync("backupstore/", Token).Select(entry => entry.Key).ToListAsync(Token);
        Assert.Equal(keys.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.InRange(WithoutRetries(store.Requests.Snapshot() - before), 2, 3);
        Assert.Equal(256, await store.ListFoldersAsync("backupstore/blocks/", Token).CountAsync(Token));

        // Ten batches: the emulator takes 20 ms for each object that it deletes.
        before = store.Requests.Snapshot();
        await store.DeleteAsync(keys[..2560], Token);
        Assert.Equal(10, WithoutRetries(store.Requests.Snapshot() - before));
        Assert.Equal(keys.Count - 2560, await store.ListAsync("", Token).CountAsync(Token));
    }

    [Fact]
    public async Task Of_eight_racing_processes_one_wins_every_time()
    {
        server.Require();
        var target = Azurite.NewTarget();
        var stores = Enumerable.Range(0, 8).Select(_ => ObjectStores.Open(target, server.Credentials(), new ObjectStoreOptions())).ToList();
        for (var round = 0; round < 20; round++)
        {
            var won = await Task.WhenAll(stores.Select((store, i) => Task.Run(async () => await store.PutIfAbsentAsync($"race{round}", new[] { (byte)i }, Token))));
            Assert.Equal(1, won.Count(w => w));
            using var content = await stores[0].GetAsync($"race{round}", 1, Token);
            Assert.Equal(Array.IndexOf(won, true), content!.Span[0]);
        }
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task Objects_of_16_MiB_come_back_byte_for_byte_side_by_side()
    {
        await using var store = server.Open();
        await Parallel.ForAsync(0, 4, Token, async (i, token) =>
        {
            var content = new byte[16 << 20];
            new Random(i).NextBytes(content);
            await store.PutAsync($"b{i}", content, token);
            using var read = await store.GetAsync($"b{i}", 16 << 20, token);
            Assert.True(read!.Span.SequenceEqual(content));
        });
        Assert.Equal(8, WithoutRetries(store.Requests.Snapshot()));
    }

    [Fact]
    public async Task A_long_object_is_streamed_window_by_window_and_a_replaced_one_is_noticed()
    {
        await using var store = server.Open();
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
    [InlineData("a..b/c..d")]
    [InlineData("quote'\"<>&;=?#[]{}|^`~!@$*(),:")]
    [InlineData("UPPER/lower")]
    public async Task Odd_names_survive_every_operation(string key)
    {
        await using var store = server.Open();
        await store.PutAsync(key, "x"u8.ToArray(), Token);
        Assert.Equal(1, (await store.StatAsync(key, Token))!.Value.Length);
        (await store.GetAsync(key, 1, Token))!.Dispose();
        Assert.Equal([key], await store.ListAsync("", Token).Select(entry => entry.Key).ToListAsync(Token));
        Assert.False(await store.PutIfAbsentAsync(key, "y"u8.ToArray(), Token));
        await store.DeleteAsync([key, "other"], Token);
        Assert.Null(await store.StatAsync(key, Token));
        await store.PutAsync(key, "x"u8.ToArray(), Token);
        await store.DeleteAsync([key], Token);
        Assert.Null(await store.StatAsync(key, Token));
    }

    [Theory]
    [InlineData("AZBLOB_ACCOUNT_KEY", "WRONG", "check AZBLOB_ACCOUNT_KEY")]
    [InlineData("AZBLOB_ACCOUNT_NAME", "nobody", "AZBLOB_ACCOUNT_")]
    [InlineData("AZBLOB_ENDPOINT", "http://127.0.0.1:9", "127.0.0.1:9 refuses the connection: nothing listens there")]
    [InlineData("AZBLOB_ENDPOINT", "http://no-such-host.invalid", "cannot be resolved: check AZBLOB_ENDPOINT")]
    [InlineData("AZBLOB_ENDPOINT", "TLS", "write http:// in AZBLOB_ENDPOINT")]
    [InlineData("HTTP_PROXY", "http://127.0.0.1:9", "the proxy 127.0.0.1:9 (for blob.example.test) refuses the connection")]
    public async Task A_misconfiguration_is_told_and_never_answered_as_absent(string key, string value, string cause)
    {
        server.Require();
        var changes = value switch
        {
            "WRONG" => [(key, WrongKey)],
            "TLS" => [(key, server.Endpoint.Replace("http", "https", StringComparison.Ordinal))],
            _ when key == "HTTP_PROXY" => [(key, value), ("AZBLOB_ENDPOINT", "http://blob.example.test")],
            _ => new[] { (key, value) },
        };
        await using var store = ObjectStores.Open(Azurite.NewTarget(), server.Credentials(changes), new ObjectStoreOptions());
        foreach (var request in new Func<Task>[]
        {
            async () => await store.StatAsync("x", Token),
            async () => await store.GetAsync("x", 1, Token),
            async () => await store.PutAsync("x", new byte[1], Token),
            async () => await store.PutIfAbsentAsync("x", new byte[1], Token),
            async () => await store.ListAsync("", Token).ToListAsync(Token),
            async () => await store.ListFoldersAsync("", Token).ToListAsync(Token),
            async () => await store.DeleteAsync(["x", "y"], Token),
            async () => await store.DeleteAsync(["x"], Token),
        })
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(() => request().WaitAsync(TimeSpan.FromSeconds(120), Token));
            Assert.Contains(cause, error.Message, StringComparison.Ordinal);
            Assert.NotEqual(ErrorKind.NotFound, error.Kind);
            Assert.DoesNotContain(WrongKey, error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(server.Key, error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public async Task A_missing_container_is_told_and_never_an_empty_store()
    {
        server.Require();
        await using var store = ObjectStores.Open(Azurite.TargetAt("x/", "nowhere"), server.Credentials(), new ObjectStoreOptions());
        foreach (var request in new Func<Task>[]
        {
            async () => await store.StatAsync("x", Token),
            async () => await store.GetAsync("x", 1, Token),
            async () => await store.PutAsync("x", new byte[1], Token),
            async () => await store.ListAsync("", Token).ToListAsync(Token),
            async () => await store.DeleteAsync(["x", "y"], Token),
        })
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(request);
            Assert.Contains("there is no container 'nowhere' in account 'devstoreaccount1'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_and_started_again_is_waited_for()
    {
        await using var store = server.Open();
        // Not to be lost: the container, which is as young as the server where this test comes first.
        await server.SaveAsync(store);
        await server.KillAsync();
        var put = store.PutAsync("during", "2"u8.ToArray(), Token).AsTask();
        var list = store.ListFoldersAsync("", Token).CountAsync(Token).AsTask();
        await StoreActions.WhenRetryingAsync(store, attempts: 2);
        await server.StartAsync();
        await put.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await list.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.NotNull(await store.StatAsync("during", Token));
    }

    [Fact]
    public async Task A_frozen_server_is_an_error_at_the_deadline_and_a_cancelled_request_returns_at_once()
    {
        await using var store = server.Open(new ObjectStoreOptions { AttemptTimeout = TimeSpan.FromSeconds(1), MaxAttempts = 2 });
        // Its own limits are far away, so what ends its requests is the cancellation.
        await using var unhurried = server.Open(new ObjectStoreOptions { Time = new PacedTime(PacedTime.Slow) });
        await unhurried.PutAsync("x", "1"u8.ToArray(), Token);
        await server.PauseAsync();
        try
        {
            foreach (var request in new Func<Task>[]
            {
                async () => await store.GetAsync("x", 1, Token),
                async () => await store.PutAsync("y", new byte[100_000], Token),
                async () => await store.DeleteAsync(["y", "z"], Token),
            })
            {
                var watch = Stopwatch.StartNew();
                var error = await Assert.ThrowsAsync<ObjectStoreException>(request);
                Assert.InRange(watch.Elapsed.TotalSeconds, 1.9, 60);
                Assert.Contains("the server or the way to it hangs (tried 2 times).", error.Message, StringComparison.Ordinal);
            }
            var cancelled = Stopwatch.StartNew();
            using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await unhurried.ListAsync("", cancelling.Token).ToListAsync(cancelling.Token));
            Assert.InRange(cancelled.Elapsed.TotalSeconds, 0.2, 60);
        }
        finally
        {
            await server.ResumeAsync();
        }
        Assert.NotNull(await unhurried.StatAsync("x", Token));
    }

    /// <summary>A server on a busy machine may make a request be sent again; that is not what a request costs.</summary>
    private static long WithoutRetries(RequestCounts counts) => counts.Total - counts.Retries;
}
