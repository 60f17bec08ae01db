using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control.Tests;

/// <summary>What is said before a deletion is what the deletion then does, and saying it changes nothing.</summary>
public sealed class DeletionPreviewTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task Only_blocks_that_no_other_backup_needs_are_counted_and_the_deletion_frees_just_them()
    {
        await using var host = await StartAsync();
        await host.WriteAsync("data", seed: 1, length: 8 * MiB);
        await host.BackUpAsync("data", "backup-1");
        await host.WriteAsync("data", seed: 2, length: 2 * MiB);
        await host.BackUpAsync("data", "backup-2");
        await using var preview = Preview(host);

        var report = await preview.PreviewAsync("backup-1", TestHost.Token);
        Assert.True(report.IsDryRun);
        Assert.Equal(("data", 1), (report.Volume, report.Blocks));
        Assert.Equal(["backup-1"], report.Backups);

        var before = Stored(host);
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Backup, null, "backup-1"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Backup, "backup-1");
        var gone = before.Where(stored => !Stored(host).ContainsKey(stored.Key)).ToList();
        Assert.Single(gone, stored => stored.Key.EndsWith(".blk", StringComparison.Ordinal));
        Assert.Equal(gone.Sum(stored => (long)stored.Value), report.Bytes);

        // With the other gone, the one that is left has its four blocks for itself.
        Assert.Equal(4, (await preview.PreviewAsync("backup-2", TestHost.Token)).Blocks);
    }

    [Fact]
    public async Task A_preview_writes_nothing_and_takes_no_lock()
    {
        await using var host = await StartAsync();
        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        await using var preview = Preview(host);
        var before = Stored(host);
        host.ObjectStores.Plan = request => request.IsWrite ? StoreFault.Unavailable : StoreFault.None;
        Assert.Equal(1, (await preview.PreviewAsync("backup-1", TestHost.Token)).Blocks);
        Assert.Equal(before, Stored(host));
    }

    [Fact]
    public async Task A_backup_that_is_found_in_the_target_is_previewed_under_the_name_it_has_there()
    {
        await using var host = await StartAsync();
        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        await host.StopAsync();
        await host.LoseResourcesAsync();
        await host.RunAsync();
        await host.UseBucketAsync();
        await host.UntilAsync(async () => await FoundAsync(host) is not null, "the backup is found again");
        await using var preview = Preview(host);
        var report = await preview.PreviewAsync((await FoundAsync(host))!.Name, TestHost.Token);
        Assert.Equal(("data", 1), (report.Volume, report.Blocks));
        Assert.Equal(["backup-1"], report.Backups);
    }

    [Fact]
    public async Task What_cannot_be_told_is_an_error_that_says_why()
    {
        await using var host = await StartAsync();
        await using var preview = Preview(host);
        var missing = await Assert.ThrowsAsync<ResourceNotFoundException>(() => preview.PreviewAsync("no-such", TestHost.Token));
        Assert.Contains("no-such", missing.Message);

        await host.WriteAsync("data", seed: 1);
        await host.BackUpAsync("data", "backup-1");
        host.ObjectStores.Plan = _ => StoreFault.Unavailable;
        var silent = await Assert.ThrowsAnyAsync<AnkoleException>(() => preview.PreviewAsync("backup-1", TestHost.Token));
        Assert.Equal(ErrorKind.Unavailable, silent.Kind);

        // A listing that does not show the record is not believed.
        host.ObjectStores.Plan = request => request.Kind == StoreRequestKind.List ? StoreFault.SaysAbsent : StoreFault.None;
        await Assert.ThrowsAnyAsync<AnkoleException>(() => preview.PreviewAsync("backup-1", TestHost.Token));
    }

    private static async Task<TestHost> StartAsync()
    {
        var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        return host;
    }

    private static DeletionPreview Preview(TestHost host) => new(host.Store, host.Options, TimeProvider.System, host.ObjectStores);

    /// <summary>Every object's name and length.</summary>
    private static Dictionary<string, int> Stored(TestHost host) =>
        host.ObjectStores.Bucket("bucket").Contents.Where(stored => !stored.Key.Contains("/locks/", StringComparison.Ordinal)).ToDictionary(stored => stored.Key, stored => stored.Value.Length);

    private static async Task<BackupResource?> FoundAsync(TestHost host)
    {
        await foreach (var backup in host.Store.ListAsync(Kinds.Backup, null, TestHost.Token))
            if (backup.Status.State == BackupState.Completed)
                return backup;
        return null;
    }
}
