using Ankole.Core;
using Ankole.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Backup.Tests;

public sealed class DirectoryObjectStoreTests : ObjectStoreConformance
{
    private const string Volume = "backupstore/volumes/01/9c/vol1/";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected override ValueTask<IObjectStore> CreateStoreAsync() =>
        ValueTask.FromResult<IObjectStore>(new DirectoryObjectStore(directory.Path, $"file://{directory.Path}"));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task Directories_are_private_and_files_follow_the_umask()
    {
        await Store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await using (var batch = Store.CreateBatch())
        {
            await batch.PutAsync(Volume + "blocks/aa/bb/1.blk", "x"u8.ToArray(), Token);
            await batch.CommitAsync(Token);
        }
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.File(Volume + "blocks/aa")));
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.File("backupstore")));
        Assert.Equal(owner, File.GetUnixFileMode(directory.File(Volume + "blocks/aa/bb/1.blk")) & (owner | UnixFileMode.UserExecute));
        Assert.Equal(File.GetUnixFileMode(directory.File(Volume + "volume.cfg")), File.GetUnixFileMode(directory.File(Volume + "blocks/aa/bb/1.blk")));
    }

    [Fact]
    public async Task A_rate_limit_holds_for_everything_that_is_written_and_read()
    {
        var time = new FakeTimeProvider();
        await using var store = new DirectoryObjectStore(
            directory.File("paced"), "file:///paced", new ObjectStoreOptions { LimitBytesPerSecond = 1000, Time = time });
        await using var batch = store.CreateBatch();

        await MustTakeASecondAsync(() => store.PutAsync("a", new byte[1000], Token).AsTask());
        await MustTakeASecondAsync(() => store.PutIfAbsentAsync("b", new byte[1000], Token).AsTask());
        await MustTakeASecondAsync(() => batch.PutAsync("c", new byte[1000], Token).AsTask());
        await MustTakeASecondAsync(() => store.GetAsync("a", 1000, Token).AsTask());
        await MustTakeASecondAsync(async () =>
        {
            await using var stream = await store.OpenReadAsync("a", Token);
            await stream!.ReadExactlyAsync(new byte[1000], Token);
        });

        // The bytes of one request are paid for by the next one.
        async Task MustTakeASecondAsync(Func<Task> action)
        {
            await store.PutAsync("debt", new byte[2000], Token);
            var waiting = action();
            await Task.Delay(50, Token);
            Assert.False(waiting.IsCompleted);
            while (!waiting.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, Token);
            }
            await waiting;
            time.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task Temporary_and_hidden_files_of_others_are_not_listed()
    {
        await Store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await File.WriteAllTextAsync(directory.File(Volume + "volume.cfg.tmp.1764025112000000000"), "half", Token);
        await File.WriteAllTextAsync(directory.File(Volume + ".nfs0001"), "x", Token);
        Assert.Equal([Volume + "volume.cfg"], (await ListAsync(Volume)).Select(entry => entry.Key));
    }

    [Fact]
    public async Task Nothing_temporary_is_left_after_puts_and_batches()
    {
        await Store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await Store.PutIfAbsentAsync(Volume + "volume.cfg", "y"u8.ToArray(), Token);
        await using (var batch = Store.CreateBatch())
        {
            for (var i = 0; i < 40; i++)
                await batch.PutAsync($"{Volume}blocks/{i}.blk", new byte[100_000], Token);
        }
        Assert.Empty(Directory.EnumerateFiles(directory.Path, "*.tmp.*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_killed_writers_left_is_removed_by_a_later_deletion_once_it_is_old()
    {
        await Store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        await Store.PutAsync(Volume + "blocks/aa/bb/1.blk", "x"u8.ToArray(), Token);
        var (old, young) = (directory.File(Volume + "blocks/aa/bb/2.blk.tmp.17"), directory.File(Volume + "blocks/aa/bb/3.blk.tmp.18"));
        await File.WriteAllTextAsync(old, "half", Token);
        await File.WriteAllTextAsync(young, "half", Token);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));

        await ListAsync(Volume);
        Assert.True(File.Exists(old));
        await Store.DeleteAsync([Volume + "volume.cfg"], Token);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));

        File.SetLastWriteTimeUtc(young, DateTime.UtcNow.AddHours(-2));
        await Store.DeleteAsync([Volume + "blocks/aa/bb/1.blk"], Token);
        Assert.False(Directory.Exists(directory.File("backupstore/volumes")));
    }

    [Fact]
    public async Task Empty_parents_are_removed_up_to_backupstore()
    {
        await Store.PutAsync(Volume + "locks/lock-1.lck", "x"u8.ToArray(), Token);
        await Store.DeleteAsync([Volume + "locks/lock-1.lck"], Token);
        Assert.False(Directory.Exists(directory.File("backupstore/volumes")));
        Assert.True(Directory.Exists(directory.File("backupstore")));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_read_is_an_error_and_not_empty()
    {
        await Store.PutAsync(Volume + "backups/backup_b1.cfg", "x"u8.ToArray(), Token);
        foreach (var folder in Directory.GetDirectories(directory.Path, "*", SearchOption.AllDirectories).Append(directory.Path))
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("755", 8));
        await AsNobody.RunAsync(() => Assert.Single(Finish(ListAsync(Volume + "backups/"))));
        File.SetUnixFileMode(directory.File(Volume + "backups"), UnixFileMode.None);
        await AsNobody.RunAsync(() =>
        {
            var error = Assert.Throws<ObjectStoreException>(() => Finish(ListAsync(Volume + "backups/")));
            Assert.Contains("cannot list 'backupstore/volumes/01/9c/vol1/backups/'", error.Message, StringComparison.Ordinal);
            Assert.Throws<ObjectStoreException>(() => Finish(ListAsync(Volume)));
            Assert.Throws<ObjectStoreException>(() => Finish(Store.StatAsync(Volume + "backups/backup_b1.cfg", Token).AsTask()));
            Assert.Throws<ObjectStoreException>(() => Finish(Store.GetAsync(Volume + "backups/backup_b1.cfg", 10, Token).AsTask()));
        });

        // A directory is read by the thread that asks.
        static T Finish<T>(Task<T> asked)
        {
            Assert.True(asked.IsCompleted);
            return asked.GetAwaiter().GetResult();
        }
    }

    /// <summary>As the test above, with an error that root gets too.</summary>
    [Fact]
    public async Task A_directory_that_cannot_be_opened_is_an_error_and_not_empty()
    {
        await Store.PutAsync(Volume + "volume.cfg", "x"u8.ToArray(), Token);
        Directory.CreateSymbolicLink(directory.File(Volume + "backups"), "backups");
        await Assert.ThrowsAsync<ObjectStoreException>(() => ListAsync(Volume + "backups/"));
    }

    [Fact]
    public async Task A_file_where_a_directory_should_be_is_an_error_and_not_empty()
    {
        await Store.PutAsync(Volume + "backups", "x"u8.ToArray(), Token);
        await Assert.ThrowsAsync<ObjectStoreException>(() => ListAsync(Volume + "backups/"));
    }

    [Fact]
    public async Task A_missing_target_directory_is_an_error_that_asks_about_the_mount()
    {
        await using var store = new DirectoryObjectStore(directory.File("gone"), "file:///gone");
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("backupstore/x", 10, Token));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Equal($"backup target 'file:///gone': directory '{directory.File("gone")}' does not exist. Is it mounted?", error.Message);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.StatAsync("backupstore/x", Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListFoldersAsync("backupstore/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task The_first_write_makes_the_target_directory_but_not_its_parents()
    {
        await using var store = new DirectoryObjectStore(directory.File("new"), "file:///new");
        await store.PutAsync("backupstore/x", "x"u8.ToArray(), Token);
        Assert.True(File.Exists(directory.File("new/backupstore/x")));

        await using var deep = new DirectoryObjectStore(directory.File("a/b"), "file:///a/b");
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await deep.PutAsync("backupstore/x", "x"u8.ToArray(), Token));
        Assert.Contains("Is it mounted?", error.Message, StringComparison.Ordinal);
        await using var batch = deep.CreateBatch();
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await batch.PutAsync("backupstore/x", "x"u8.ToArray(), Token));
        Assert.False(Directory.Exists(directory.File("a")));
    }
}
