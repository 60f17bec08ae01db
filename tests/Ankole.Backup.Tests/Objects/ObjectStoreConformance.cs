using System.Text;
using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>What every object store must do. A new store derives from this, supplies a factory and inherits all tests.</summary>
public abstract class ObjectStoreConformance : IAsyncLifetime
{
    private const string Folder = "backupstore/volumes/01/9c/vol1/";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IObjectStore Store { get; private set; } = null!;

    /// <summary>An empty store of this test's own.</summary>
    protected abstract ValueTask<IObjectStore> CreateStoreAsync();

    public async ValueTask InitializeAsync() => Store = await CreateStoreAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_was_put_is_got_byte_for_byte()
    {
        var content = RandomBytes(3_000_001);
        await Store.PutAsync(Folder + "blocks/aa/bb/x.blk", content, Token);
        Assert.Equal(content, await GetAsync(Folder + "blocks/aa/bb/x.blk"));
    }

    [Fact]
    public async Task A_put_replaces_the_whole_object()
    {
        await Store.PutAsync(Folder + "volume.cfg", RandomBytes(5000), Token);
        await Store.PutAsync(Folder + "volume.cfg", "short"u8.ToArray(), Token);
        Assert.Equal("short", Encoding.UTF8.GetString((await GetAsync(Folder + "volume.cfg"))!));
    }

    [Fact]
    public async Task An_empty_object_exists()
    {
        await Store.PutAsync(Folder + "empty", ReadOnlyMemory<byte>.Empty, Token);
        Assert.Equal(0, (await Store.StatAsync(Folder + "empty", Token))!.Value.Length);
        Assert.Empty((await GetAsync(Folder + "empty"))!);
    }

    [Fact]
    public async Task What_does_not_exist_is_null_and_not_an_error()
    {
        await Store.PutAsync(Folder + "volume.cfg", "x"u8.ToArray(), Token);
        Assert.Null(await Store.StatAsync(Folder + "nothing", Token));
        Assert.Null(await Store.GetAsync(Folder + "nothing", 10, Token));
        Assert.Null(await Store.OpenReadAsync(Folder + "nothing", Token));
        Assert.Null(await Store.GetAsync("other/nothing", 10, Token));
    }

    [Fact]
    public async Task A_folder_is_no_object()
    {
        await Store.PutAsync(Folder + "backups/backup_b1.cfg", "x"u8.ToArray(), Token);
        Assert.Null(await Store.StatAsync(Folder + "backups", Token));
        Assert.Null(await Store.GetAsync(Folder + "backups", 100, Token));
    }

    [Fact]
    public async Task A_stat_tells_length_and_a_recent_time()
    {
        await Store.PutAsync(Folder + "volume.cfg", RandomBytes(1234), Token);
        var entry = (await Store.StatAsync(Folder + "volume.cfg", Token))!.Value;
        Assert.Equal(Folder + "volume.cfg", entry.Key);
        Assert.Equal(1234, entry.Length);
        Assert.InRange(entry.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task An_object_longer_than_its_reader_allows_is_refused_as_damaged()
    {
        await Store.PutAsync(Folder + "volume.cfg", RandomBytes(11), Token);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await Store.GetAsync(Folder + "volume.cfg", 10, Token));
        Assert.Equal(ErrorKind.Damaged, error.Kind);
        Assert.Contains(Folder + "volume.cfg", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_reads_the_whole_object()
    {
        var content = RandomBytes(2_500_000);
        await Store.PutAsync(Folder + "BackupFiles/f.bak", content, Token);
        await using var stream = (await Store.OpenReadAsync(Folder + "BackupFiles/f.bak", Token))!;
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Token);
        Assert.Equal(content, copy.ToArray());
    }

    [Fact]
    public async Task A_listing_shows_every_object_below_its_prefix_and_nothing_else()
    {
        string[] inside = [Folder + "volume.cfg", Folder + "backups/backup_b1.cfg", Folder + "blocks/aa/bb/1.blk", Folder + "blocks/aa/cc/2.blk"];
        foreach (var key in inside)
            await Store.PutAsync(key, RandomBytes(key.Length), Token);
        await Store.PutAsync("backupstore/volumes/01/9c/vol10/volume.cfg", "x"u8.ToArray(), Token);

        var listed = await ListAsync(Folder);

        Assert.Equal(inside.Order(StringComparer.Ordinal), listed.Select(entry => entry.Key).Order(StringComparer.Ordinal));
        Assert.All(listed, entry => Assert.Equal(entry.Key.Length, entry.Length));
        Assert.All(listed, entry => Assert.InRange(entry.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5)));
    }

    [Fact]
    public async Task A_listing_of_the_whole_store_shows_everything()
    {
        await Store.PutAsync("backupstore/a", "1"u8.ToArray(), Token);
        await Store.PutAsync("backupstore/b/c", "2"u8.ToArray(), Token);
        Assert.Equal(["backupstore/a", "backupstore/b/c"], (await ListAsync("")).Select(entry => entry.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_listing_has_no_end_at_a_thousand()
    {
        const int count = 1205;
        await Parallel.ForAsync(0, count, Token, async (i, token) =>
            await Store.PutAsync($"{Folder}blocks/{i % 16:x2}/{i % 7:x2}/{i:d6}.blk", new byte[] { 1 }, token));
        var listed = await ListAsync(Folder + "blocks/");
        Assert.Equal(count, listed.Select(entry => entry.Key).Distinct().Count());
        Assert.Equal(count, listed.Count);
    }

    [Fact]
    public async Task A_prefix_without_objects_lists_nothing()
    {
        await Store.PutAsync(Folder + "volume.cfg", "x"u8.ToArray(), Token);
        Assert.Empty(await ListAsync(Folder + "backups/"));
        Assert.Empty(await ListAsync("backupstore/system-backups/"));
        Assert.Empty(await FoldersAsync("backupstore/system-backups/"));
    }

    [Fact]
    public async Task Folders_are_the_names_directly_below_a_prefix()
    {
        await Store.PutAsync("backupstore/volumes/01/9c/vol1/volume.cfg", "x"u8.ToArray(), Token);
        await Store.PutAsync("backupstore/volumes/01/9c/vol1/backups/b", "x"u8.ToArray(), Token);
        await Store.PutAsync("backupstore/volumes/01/9d/vol2/volume.cfg", "x"u8.ToArray(), Token);
        await Store.PutAsync("backupstore/volumes/22/fc/BACKINGIMAGE/locks/l", "x"u8.ToArray(), Token);
        await Store.PutAsync("backupstore/volumes/file", "x"u8.ToArray(), Token);

        Assert.Equal(["01", "22"], (await FoldersAsync("backupstore/volumes/")).Order(StringComparer.Ordinal));
        Assert.Equal(["9c", "9d"], (await FoldersAsync("backupstore/volumes/01/")).Order(StringComparer.Ordinal));
        Assert.Equal(["vol1"], await FoldersAsync("backupstore/volumes/01/9c/"));
    }

    [Fact]
    public async Task A_conditional_put_creates_once_and_leaves_what_exists_untouched()
    {
        Assert.True(await Store.PutIfAbsentAsync(Folder + "volume.cfg", "first"u8.ToArray(), Token));
        Assert.False(await Store.PutIfAbsentAsync(Folder + "volume.cfg", "second"u8.ToArray(), Token));
        Assert.Equal("first", Encoding.UTF8.GetString((await GetAsync(Folder + "volume.cfg"))!));
    }

    [Fact]
    public async Task Of_several_racing_conditional_puts_one_wins_with_its_whole_content()
    {
        Assert.SkipUnless(Store.HasAtomicPutIfAbsent, "this store cannot promise it");
        var contents = Enumerable.Range(0, 12).Select(_ => RandomBytes(40_000)).ToArray();
        var won = await Task.WhenAll(contents.Select(content => Task.Run(async () => await Store.PutIfAbsentAsync(Folder + "race", content, Token))));
        Assert.Equal(1, won.Count(w => w));
        Assert.Equal(contents[Array.IndexOf(won, true)], await GetAsync(Folder + "race"));
    }

    [Fact]
    public async Task A_deletion_removes_what_it_names_and_nothing_else()
    {
        string[] keys = [Folder + "blocks/aa/bb/1.blk", Folder + "blocks/aa/bb/10.blk", Folder + "blocks/aa/cc/2.blk", Folder + "volume.cfg"];
        foreach (var key in keys)
            await Store.PutAsync(key, "x"u8.ToArray(), Token);

        await Store.DeleteAsync([keys[0], keys[2], Folder + "blocks/zz/zz/never-there.blk"], Token);

        Assert.Equal([keys[1], keys[3]], (await ListAsync(Folder)).Select(entry => entry.Key).Order(StringComparer.Ordinal));
        Assert.Null(await GetAsync(keys[0]));
    }

    [Fact]
    public async Task More_than_a_thousand_objects_are_deleted_in_one_call()
    {
        var keys = Enumerable.Range(0, 1105).Select(i => $"{Folder}blocks/{i % 16:x2}/00/{i:d6}.blk").ToArray();
        await Parallel.ForEachAsync(keys, Token, async (key, token) => await Store.PutAsync(key, new byte[] { 1 }, token));
        await Store.DeleteAsync(keys, Token);
        Assert.Empty(await ListAsync(Folder));
    }

    [Fact]
    public async Task Deleting_the_last_object_and_putting_one_again_works()
    {
        for (var round = 0; round < 3; round++)
        {
            await Store.PutAsync(Folder + "locks/lock-1.lck", "x"u8.ToArray(), Token);
            await Store.DeleteAsync([Folder + "locks/lock-1.lck"], Token);
            Assert.Empty(await ListAsync(Folder));
        }
    }

    [Fact]
    public async Task A_batch_has_stored_everything_when_it_is_committed()
    {
        var contents = Enumerable.Range(0, 60).ToDictionary(i => $"{Folder}blocks/{i % 3:x2}/{i % 5:x2}/{i}.blk", i => RandomBytes(10_000 + i));
        await using (var batch = Store.CreateBatch())
        {
            await Parallel.ForEachAsync(contents, Token, async (pair, token) => await batch.PutAsync(pair.Key, pair.Value, token));
            await batch.CommitAsync(Token);
        }
        foreach (var (key, content) in contents)
            Assert.Equal(content, await GetAsync(key));
        Assert.Equal(contents.Count, (await ListAsync(Folder)).Count);
    }

    [Fact]
    public async Task A_batch_takes_the_bytes_at_once_so_that_a_buffer_can_be_used_again()
    {
        await using var batch = Store.CreateBatch();
        var buffer = new byte[100_000];
        for (byte i = 1; i <= 20; i++)
        {
            buffer.AsSpan().Fill(i);
            await batch.PutAsync($"{Folder}blocks/{i}.blk", buffer, Token);
        }
        await batch.CommitAsync(Token);
        for (byte i = 1; i <= 20; i++)
            Assert.DoesNotContain((await GetAsync($"{Folder}blocks/{i}.blk"))!, b => b != i);
    }

    [Fact]
    public async Task A_batch_that_is_dropped_leaves_whole_objects_or_none()
    {
        var content = RandomBytes(200_000);
        await using (var batch = Store.CreateBatch())
            for (var i = 0; i < 10; i++)
                await batch.PutAsync($"{Folder}blocks/{i}.blk", content, Token);
        foreach (var entry in await ListAsync(Folder))
            Assert.Equal(content.Length, entry.Length);
    }

    [Fact]
    public async Task Concurrent_puts_and_gets_of_one_key_never_mix()
    {
        var contents = Enumerable.Range(1, 6).Select(i => Enumerable.Repeat((byte)i, 50_000).ToArray()).ToArray();
        await Store.PutAsync(Folder + "volume.cfg", contents[0], Token);
        await Parallel.ForAsync(0, 60, Token, async (i, token) =>
        {
            if (i % 2 == 0)
            {
                await Store.PutAsync(Folder + "volume.cfg", contents[i % contents.Length], token);
                return;
            }
            using var read = (await Store.GetAsync(Folder + "volume.cfg", 100_000, token))!;
            Assert.Equal(50_000, read.Length);
            Assert.Equal(-1, read.Span.IndexOfAnyExcept(read.Span[0]));
        });
    }

    [Fact]
    public async Task Requests_and_bytes_are_counted()
    {
        var before = Store.Requests.Snapshot();
        await Store.PutAsync(Folder + "volume.cfg", new byte[1000], Token);
        (await Store.GetAsync(Folder + "volume.cfg", 1000, Token))!.Dispose();
        await Store.StatAsync(Folder + "volume.cfg", Token);
        await ListAsync(Folder);
        await Store.DeleteAsync([Folder + "volume.cfg"], Token);

        var counted = Store.Requests.Snapshot() - before;
        Assert.Equal(5, counted.Total - counted.Retries);
        Assert.DoesNotContain(0, new[] { counted.Put, counted.Get, counted.Stat, counted.List, counted.Delete });
        // A server on a busy machine may make a request be sent again; then its kind is unknown.
        if (counted.Retries == 0)
            Assert.Equal((1000, 1000), (counted.BytesWritten, counted.BytesRead));
    }

    [Fact]
    public async Task A_cancelled_request_says_so()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetAsync(Folder + "volume.cfg", 10, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync(Folder + "volume.cfg", new byte[10], cancelled.Token));
    }

    protected static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    protected async Task<byte[]?> GetAsync(string key)
    {
        using var bytes = await Store.GetAsync(key, 1 << 24, Token);
        return bytes?.Span.ToArray();
    }

    protected async Task<List<ObjectEntry>> ListAsync(string prefix)
    {
        var entries = new List<ObjectEntry>();
        await foreach (var entry in Store.ListAsync(prefix, Token))
            entries.Add(entry);
        return entries;
    }

    protected async Task<List<string>> FoldersAsync(string prefix)
    {
        var folders = new List<string>();
        await foreach (var folder in Store.ListFoldersAsync(prefix, Token))
            folders.Add(folder);
        return folders;
    }
}
