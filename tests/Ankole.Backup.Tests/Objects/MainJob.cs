using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>The whole main job over a store on a real server: first, incremental, restore, verify, delete; and the stores that Longhorn wrote, copied in and restored.</summary>
public abstract class MainJob
{
    /// <summary>An empty store of this test's own.</summary>
    protected abstract ValueTask<IObjectStore> CreateStoreAsync();

    [Fact]
    public async Task Backups_are_made_restored_verified_and_deleted()
    {
        await using var objects = await CreateStoreAsync();
        var store = Store(objects);
        var chain = new MemoryChain(64 * MiB);
        chain.Randomize(5000, 9 * MiB, seed: 1);
        chain.Write(20 * MiB, Enumerable.Repeat((byte)7, 5 * MiB).ToArray());

        var first = await store.BackUp("b1", chain.Snapshot("s1"));
        chain.Randomize(21 * MiB, 100, seed: 2);
        chain.Randomize(40 * MiB, 3 * MiB, seed: 3);
        var second = await store.BackUp("b2", chain.Snapshot("s2"));
        Assert.Equal((false, true), (first.IsIncremental, second.IsIncremental));
        Assert.InRange(second.Statistics.BlocksNew, 2, 4);
        Assert.Equal(chain.Open("s1").Bytes, (await store.Restore("b1")).Bytes);
        Assert.Equal(chain.Open("s2").Bytes, (await store.Restore("b2")).Bytes);

        var report = await store.VerifyAsync(null, null, deep: true, null, Token);
        Assert.Empty(report.Damage);
        Assert.Equal(2, report.Backups);

        await store.DeleteBackupAsync("vol1", "b1", dryRun: false, null, Token);
        Assert.Equal(second.Blocks, await objects.ListAsync("backupstore/", Token).CountAsync(entry => entry.Key.EndsWith(".blk", StringComparison.Ordinal), Token));
        Assert.Equal(chain.Open("s2").Bytes, (await store.Restore("b2")).Bytes);
        await store.DeleteVolumeAsync("vol1", dryRun: false, null, Token);
        Assert.Empty(await objects.ListAsync("backupstore/volumes/", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Stores_that_Longhorn_wrote_are_copied_in_and_restored()
    {
        foreach (var name in Fixtures.Stores)
        {
            await using var objects = await CreateStoreAsync();
            var root = Fixtures.PathOf(name);
            await Parallel.ForEachAsync(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories), Token, async (file, token) =>
                await objects.PutAsync(Path.GetRelativePath(root, file), await File.ReadAllBytesAsync(file, token), token));
            foreach (var volume in Fixtures.ReadManifest(name).Volumes)
                foreach (var backup in volume.Backups)
                    Assert.Equal((name, backup.Sha256), (name, (await Store(objects).Restore(volume.Name, backup.Name)).Sha256));
        }
    }
}
