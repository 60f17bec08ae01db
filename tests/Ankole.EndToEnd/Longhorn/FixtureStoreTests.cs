using Ankole.Testing;

namespace Ankole.EndToEnd.Longhorn;

/// <summary>Every store that Longhorn wrote, through the command line.</summary>
public sealed class FixtureStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Stores => Fixtures.Stores();

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Every_finished_backup_is_listed_and_restores_to_the_manifests_checksum(string store)
    {
        var target = "vfs://" + Fixtures.CopyStore(store, folder["store"]);
        foreach (var volume in Fixtures.StoreManifest(store).GetProperty("volumes").EnumerateArray())
        {
            var name = volume.GetProperty("name").GetString()!;
            var listed = await ListedBackupsAsync(target, name);
            foreach (var backup in volume.GetProperty("backups").EnumerateArray())
            {
                var backupName = backup.GetProperty("name").GetString()!;
                Assert.Contains(backupName, listed);
                var url = $"{target}?backup={backupName}&volume={name}";
                var inspected = await AnkoleCommand.JsonAsync("store", "inspect", url);
                Assert.Equal(backup.GetProperty("blocks").GetInt32(), inspected.GetProperty("blockCount").GetInt32());
                Assert.Equal(backup.GetProperty("snapshot").GetString(), inspected.GetProperty("snapshotName").GetString());
                await AnkoleCommand.MustAsync("store", "restore", url, "--to", folder[backupName]);
                Assert.Equal(backup.GetProperty("sha256").GetString(), await FileHash.OfAsync(folder[backupName]));
            }
            foreach (var deleted in volume.GetProperty("deletedBackups").EnumerateArray())
                Assert.DoesNotContain(deleted.GetString()!, listed);
        }
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Every_store_verifies_clean(string store)
    {
        var target = "vfs://" + Fixtures.CopyStore(store, folder["store"]);
        var report = await AnkoleCommand.JsonAsync("store", "verify", target);
        Assert.Empty(report.GetProperty("damage").EnumerateArray());
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task An_unfinished_backup_is_refused_by_name(string store)
    {
        var target = "vfs://" + Fixtures.CopyStore(store, folder["store"]);
        if (!Fixtures.StoreManifest(store).TryGetProperty("unfinishedBackups", out var unfinished))
            return;
        foreach (var backup in unfinished.EnumerateArray())
        {
            var name = backup.GetProperty("name").GetString()!;
            var url = $"{target}?backup={name}&volume={backup.GetProperty("volume").GetString()}";
            var run = await AnkoleCommand.RunAsync("store", "restore", url, "--to", folder["out"]);
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains(name, run.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(folder["out"]));
        }
    }

    private static async Task<List<string>> ListedBackupsAsync(string target, string volume)
    {
        var listing = await AnkoleCommand.JsonAsync("store", "ls", target, "--volume", volume);
        return [.. listing.GetProperty("backups").EnumerateArray().Select(backup => backup.GetProperty("name").GetString()!)];
    }
}
