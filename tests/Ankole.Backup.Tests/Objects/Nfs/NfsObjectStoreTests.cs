using System.Diagnostics;
using System.Globalization;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>A real NFS server: what Longhorn's layout asks for, foreign files, errors in words, and the server killed and frozen in the middle.</summary>
[Collection(NfsServer.Collection)]
[Trait("Category", "RealServer")]
public sealed class NfsObjectStoreTests(NfsServer server)
{
    private const string Volume = "backupstore/volumes/01/9c/vol1/";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_it_stores_is_what_a_directory_store_reads_and_the_other_way_round()
    {
        await using var store = server.Open(out var folder);
        await using var directory = new DirectoryObjectStore(folder, "file:///behind");
        await store.PutAsync(Volume + "volume.cfg", "over NFS"u8.ToArray(), Token);
        using (var read = await directory.GetAsync(Volume + "volume.cfg", 100, Token))
            Assert.Equal("over NFS"u8, read!.Span);
        await directory.PutAsync(Volume + "blocks/aa/bb/1.blk", "beside NFS"u8.ToArray(), Token);
        using (var read = await store.GetAsync(Volume + "blocks/aa/bb/1.blk", 100, Token))
            Assert.Equal("beside NFS"u8, read!.Span);
        Assert.Equal(
            await directory.ListAsync("", Token).OrderBy(entry => entry.Key).ToListAsync(Token),
            await store.ListAsync("", Token).OrderBy(entry => entry.Key).ToListAsync(Token));
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(folder, "backupstore/volumes/01")));
        Assert.Empty(Directory.EnumerateFiles(folder, "*.tmp.*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Temporary_and_hidden_files_of_others_are_not_listed()
    {
        await using var store = server.Open(out var folder);
        await store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await File.WriteAllTextAsync(Path.Combine(folder, Volume, "volume.cfg.tmp.1764025112000000000"), "half", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, Volume, ".nfs0001"), "x", Token);
        Directory.CreateDirectory(Path.Combine(folder, ".snapshot/daily"));
        await File.WriteAllTextAsync(Path.Combine(folder, ".snapshot/daily/x"), "x", Token);
        Assert.Equal([Volume + "volume.cfg"], await store.ListAsync("", Token).Select(entry => entry.Key).ToListAsync(Token));
        Assert.Equal(["backupstore"], await store.ListFoldersAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Empty_parents_are_removed_up_to_backupstore_together_with_old_leftovers()
    {
        await using var store = server.Open(out var folder);
        foreach (var key in new[] { "locks/lock-1.lck", "blocks/aa/bb/1.blk", "blocks/aa/cc/2.blk" })
            await store.PutAsync(Volume + key, "x"u8.ToArray(), Token);
        var (old, young) = (Path.Combine(folder, Volume, "blocks/aa/bb/1.blk.tmp.5"), Path.Combine(folder, Volume, "blocks/aa/cc/2.blk.tmp.6"));
        await File.WriteAllTextAsync(old, "half", Token);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        await File.WriteAllTextAsync(young, "half", Token);

        await store.DeleteAsync([Volume + "locks/lock-1.lck", Volume + "blocks/aa/bb/1.blk", Volume + "blocks/aa/cc/2.blk"], Token);
        Assert.False(Directory.Exists(Path.Combine(folder, Volume, "locks")));
        Assert.False(Directory.Exists(Path.Combine(folder, Volume, "blocks/aa/bb")));
        Assert.True(File.Exists(young));

        File.Delete(young);
        await store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await store.PutAsync(Volume + "blocks/aa/cc/2.blk", "x"u8.ToArray(), Token);
        await store.DeleteAsync([Volume + "volume.cfg", Volume + "blocks/aa/cc/2.blk"], Token);
        Assert.Equal([Path.Combine(folder, "backupstore")], Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_symbolic_link_fails_a_listing_and_is_never_taken_for_nothing()
    {
        await using var store = server.Open(out var folder);
        await store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        Directory.CreateSymbolicLink(Path.Combine(folder, Volume, "blocks"), "/elsewhere");
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListAsync(Volume, Token).ToListAsync(Token));
        Assert.Contains("symbolic links are not followed", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.StatAsync(Volume + "blocks", Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync(Volume + "blocks", 10, Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListAsync(Volume + "blocks/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_file_where_a_directory_should_be_is_an_error_and_not_empty()
    {
        await using var store = server.Open(out _);
        await store.PutAsync(Volume + "backups", "x"u8.ToArray(), Token);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListAsync(Volume + "backups/", Token).ToListAsync(Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListFoldersAsync(Volume + "backups/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_target_directory_that_is_missing_or_disappears_is_an_error_and_never_an_empty_store()
    {
        server.Require();
        await using (var never = ObjectStores.Open(server.TargetAt("/export/typo"), TargetCredentials.None, new ObjectStoreOptions()))
        {
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await never.ListAsync("backupstore/", Token).ToListAsync(Token));
            Assert.Contains("has no 'typo' in '/export'", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await never.PutAsync("x", new byte[1], Token));
        }
        await using var store = server.Open(out var folder);
        await store.PutAsync("blocks/x", "x"u8.ToArray(), Token);
        // By another client, because this server does not look at once for what is changed behind it.
        var parent = server.TargetAt($"/export/{Path.GetFileName(Path.GetDirectoryName(folder))}");
        await using (var other = ObjectStores.Open(parent, TargetCredentials.None, new ObjectStoreOptions()))
            await other.DeleteAsync(["store/blocks/x"], Token);
        Assert.False(Directory.Exists(folder));
        foreach (var request in new Func<Task>[]
        {
            async () => await store.ListAsync("blocks/", Token).ToListAsync(Token),
            async () => await store.ListFoldersAsync("blocks/", Token).ToListAsync(Token),
            async () => await store.PutAsync("blocks/x", new byte[1], Token),
        })
            await Assert.ThrowsAsync<ObjectStoreException>(request);
    }

    [Fact]
    public async Task Ten_thousand_objects_are_put_listed_and_deleted()
    {
        await using var store = server.Open(out var folder);
        var keys = Enumerable.Range(0, 10_000).Select(i => $"backupstore/blocks/{i % 64:x2}/{i / 256:x2}/{i:d8}.blk").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
            async (key, token) => await store.PutAsync(key, new byte[] { 1, 2, 3 }, token));
        var folders = Directory.EnumerateDirectories(Path.Combine(folder, "backupstore"), "*", SearchOption.AllDirectories).Count();

        var before = store.Requests.Snapshot();
        Assert.Equal(keys.Order(StringComparer.Ordinal), await store.ListAsync("backupstore/", Token).Select(entry => entry.Key).Order(StringComparer.Ordinal).ToListAsync(Token));
        Assert.Equal(folders + 1, (store.Requests.Snapshot() - before).Total);
        Assert.Equal(64, await store.ListFoldersAsync("backupstore/blocks/", Token).CountAsync(Token));

        await store.DeleteAsync(keys, Token);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(folder, "backupstore")));
    }

    [Fact]
    public async Task Of_eight_racing_clients_one_wins_every_time()
    {
        var target = server.NewTarget(out _);
        var stores = Enumerable.Range(0, 8).Select(_ => ObjectStores.Open(target, TargetCredentials.None, new ObjectStoreOptions())).ToList();
        for (var round = 0; round < 20; round++)
        {
            var won = await Task.WhenAll(stores.Select((store, i) => Task.Run(async () => await store.PutIfAbsentAsync($"d/race{round}", new[] { (byte)i }, Token))));
            Assert.Equal(1, won.Count(w => w));
            using var content = await stores[0].GetAsync($"d/race{round}", 1, Token);
            Assert.Equal(Array.IndexOf(won, true), content!.Span[0]);
        }
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task Directories_made_and_removed_under_each_other_lose_no_object()
    {
        await using var store = server.Open(out _);
        await Parallel.ForAsync(0, 6, Token, async (worker, token) =>
        {
            for (var i = 0; i < 40; i++)
            {
                var key = $"{Volume}locks/lock-{worker}-{i}.lck";
                await store.PutAsync(key, "x"u8.ToArray(), token);
                Assert.NotNull(await store.StatAsync(key, token));
                await store.DeleteAsync([key], token);
            }
        });
        Assert.Empty(await store.ListAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Objects_of_16_MiB_come_back_byte_for_byte_side_by_side()
    {
        await using var store = server.Open(out _);
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
        await using var store = server.Open(out _);
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
    [InlineData("a..b/c..d.")]
    [InlineData("quote'\"<>&;=?#[]{}|\\^`~!@$*(),:")]
    [InlineData("UPPER/lower")]
    public async Task Odd_names_survive_every_operation(string key)
    {
        await using var store = server.Open(out var folder);
        await store.PutAsync(key, "x"u8.ToArray(), Token);
        Assert.True(File.Exists(Path.Combine(folder, key)));
        Assert.Equal(1, (await store.StatAsync(key, Token))!.Value.Length);
        (await store.GetAsync(key, 1, Token))!.Dispose();
        Assert.Equal([key], await store.ListAsync("", Token).Select(entry => entry.Key).ToListAsync(Token));
        Assert.False(await store.PutIfAbsentAsync(key, "y"u8.ToArray(), Token));
        await store.DeleteAsync([key, "other"], Token);
        Assert.Null(await store.StatAsync(key, Token));
    }

    [Fact]
    public async Task The_rate_limit_holds_in_both_directions()
    {
        var clock = new WatchedTime();
        await using var store = server.Open(out _, storeOptions: new ObjectStoreOptions { LimitBytesPerSecond = 2 << 20, Time = clock });
        // What a request takes on the way is not on this clock, only what it is held back. The bytes of the last one are still to be paid for.
        var held = await clock.FollowAsync(MoveAsync(), longest: TimeSpan.FromSeconds(5));
        Assert.InRange(held.TotalSeconds, 2.4, 3);

        async Task MoveAsync()
        {
            for (var i = 0; i < 3; i++)
                await store.PutAsync("x", new byte[1 << 20], Token);
            for (var i = 0; i < 3; i++)
                (await store.GetAsync("x", 1 << 20, Token))!.Dispose();
        }
    }

    [Fact]
    public async Task A_read_only_export_root_squash_and_another_users_directory_are_told_apart()
    {
        server.Require();
        await FailsAsync("/export-ro", "", "the export is read-only");
        await FailsAsync("/export-squash", ",uid=0,gid=0", "root_squash treats uid 0 as nobody");
        await FailsAsync("/export-squash", ",uid=4711,gid=4711", "permission denied for uid 4711 gid 4711");

        async Task FailsAsync(string path, string options, string text)
        {
            await using var store = ObjectStores.Open(server.TargetAt(path, options), TargetCredentials.None, new ObjectStoreOptions());
            var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("backupstore/x", new byte[1], Token));
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
            Assert.NotEqual(ErrorKind.NotFound, error.Kind);
        }
    }

    [Fact]
    public async Task A_server_that_is_killed_and_started_again_is_waited_for()
    {
        await using var store = server.Open(out _);
        await store.PutAsync("before", "1"u8.ToArray(), Token);
        await server.KillAsync();
        var put = store.PutAsync("d/during", "2"u8.ToArray(), Token).AsTask();
        var list = store.ListAsync("", Token).CountAsync(Token).AsTask();
        await Task.Delay(500, Token);
        await server.StartAsync();
        await put.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.InRange(await list.WaitAsync(TimeSpan.FromSeconds(60), Token), 1, 2);
        Assert.NotNull(await store.StatAsync("d/during", Token));
    }

    [Fact]
    public async Task A_frozen_server_is_an_error_at_the_deadline_and_a_cancelled_request_returns_at_once()
    {
        // Slow while the server runs: a request to a busy one may take longer than half a second.
        var clock = new PacedTime(PacedTime.Slow);
        await using var connected = server.Open(out _, ",timeo=5,retrans=1", new ObjectStoreOptions { Time = clock });
        await using var unconnected = server.Open(out _, ",timeo=5,retrans=1", new ObjectStoreOptions { Time = clock });
        // Limits far away: what ends a request is the cancellation.
        var farAway = new PacedTime(PacedTime.Slow);
        await using var unhurried = server.Open(out _, storeOptions: new ObjectStoreOptions { Time = farAway });
        await using var unhurriedAndUnconnected = server.Open(out _, storeOptions: new ObjectStoreOptions { Time = farAway });
        await connected.PutAsync("x", "1"u8.ToArray(), Token);
        await unhurried.PutAsync("x", "1"u8.ToArray(), Token);
        await server.PauseAsync();
        clock.Pace = 1;
        try
        {
            foreach (var store in new[] { connected, unconnected })
            {
                var watch = Stopwatch.StartNew();
                var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("x", 1, Token));
                Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 60);
                Assert.True(error.IsTransient);
                Assert.Contains($"127.0.0.1:{server.Port.ToString(CultureInfo.InvariantCulture)}", error.Message, StringComparison.Ordinal);

                watch.Restart();
                await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync([.. Enumerable.Range(0, 1000).Select(i => $"k{i}")], Token));
                Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 60);
            }
            foreach (var store in new[] { unhurried, unhurriedAndUnconnected })
            {
                var watch = Stopwatch.StartNew();
                using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ListAsync("", cancelling.Token).ToListAsync(cancelling.Token));
                Assert.InRange(watch.Elapsed.TotalSeconds, 0.15, 60);
            }
        }
        finally
        {
            await server.ResumeAsync();
        }
        farAway.Pace = 1;
        clock.Pace = PacedTime.Slow;
        Assert.NotNull(await connected.StatAsync("x", Token));
        Assert.Null(await unconnected.StatAsync("x", Token));
        clock.Pace = 1;
    }
}
