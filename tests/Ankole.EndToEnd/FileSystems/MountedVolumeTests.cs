using System.Globalization;
using Ankole.Testing;

namespace Ankole.EndToEnd.FileSystems;

/// <summary>Real file systems on a served volume, through snapshots, backups, purges and restores.</summary>
public sealed class MountedVolumeTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Volume => folder["volume"];

    private string Store => $"file://{folder["store"]}";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    public async Task A_tree_that_is_backed_up_while_it_is_written_comes_back_clean_and_equal(string fileSystem)
    {
        Peer.RequireMounts();
        Peer.Require("nbdfuse", $"mkfs.{fileSystem}", fileSystem == "xfs" ? "xfs_repair" : "e2fsck", "fstrim");
        foreach (var name in new[] { "store", "early", "tree" })
            Directory.CreateDirectory(folder[name]);
        FileTree.Create(folder["tree"], seed: 30);
        await Peer.MustAsync("cp", "-a", Path.Combine(folder["tree"], "small"), folder["early"]);
        await AnkoleCommand.MustAsync("replica", "create", Volume, "--size", "1Gi");
        await using var server = await AnkoleServer.ServeReplicaAsync(Volume);

        await using (var mount = await MountedExport.MountAsync(folder["attached"], server.Uri, fileSystem))
        {
            await WriteAndBackUpAsync(mount.Root);
            await mount.UnmountAsync();
        }
        await RemoveAndPurgeAsync();
        await using (var mount = await MountedExport.MountAsync(folder["attached"], server.Uri, fileSystem))
        {
            await FileTree.MustEqualAsync(folder["tree"], Path.Combine(mount.Root, "tree"));
            await mount.UnmountAsync();
        }

        await CheckRestoredAsync("first", fileSystem, expectTree: false);
        await CheckRestoredAsync("second", fileSystem, expectTree: true);
    }

    private async Task WriteAndBackUpAsync(string root)
    {
        var (early, tree) = (Path.Combine(root, "early"), Path.Combine(root, "tree"));
        Directory.CreateDirectory(early);
        Directory.CreateDirectory(tree);
        await FileTree.UnpackAsync(folder["early"], early);
        await Peer.MustAsync("sync", "-f", root);

        var before = await AllocatedBytesAsync();
        var unpacking = FileTree.UnpackAsync(folder["tree"], tree);
        var syncing = SyncUntilAsync(root, unpacking);
        while (!syncing.IsCompleted && await AllocatedBytesAsync() < before + (32 << 20))
            await Task.Delay(10);
        await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, "while-writing");
        output.WriteLine($"the first snapshot was taken {(syncing.IsCompleted ? "after" : "during")} writing");
        var first = await AnkoleCommand.JsonAsync(
            "store", "backup", $"replica:{Volume}@while-writing", Store, "--volume", "vol", "--backup", "first");
        await syncing;

        FileTree.Change(tree, seed: 31);
        FileTree.Change(folder["tree"], seed: 31);
        await Peer.MustAsync("sync", "-f", root);
        output.WriteLine((await Peer.MustAsync("fstrim", "-v", root)).Output.Trim());
        await Peer.MustAsync("sync", "-f", root);
        await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, "quiesced");
        var second = await AnkoleCommand.JsonAsync("store", "backup", $"replica:{Volume}@quiesced", Store, "--volume", "vol", "--backup", "second");
        Assert.True(second.GetProperty("isIncremental").GetBoolean(), second.GetProperty("baseReason").GetString());
        foreach (var backup in new[] { first, second })
            output.WriteLine($"{backup.GetProperty("backup")}: {backup.GetProperty("blockCount")} blocks, {backup.GetProperty("statistics")}");
    }

    /// <summary>Keeps the volume written to until the last byte of the archive has reached it.</summary>
    private static async Task SyncUntilAsync(string root, Task writing)
    {
        while (!writing.IsCompleted)
            await Peer.MustAsync("sync", "-f", root);
        await writing;
        await Peer.MustAsync("sync", "-f", root);
    }

    private async Task<long> AllocatedBytesAsync() =>
        long.Parse((await Peer.MustAsync("du", "-s", "--block-size=1", Volume)).Output.Split('\t')[0], CultureInfo.InvariantCulture);

    private async Task RemoveAndPurgeAsync()
    {
        await AnkoleCommand.MustAsync("replica", "snapshot", "rm", Volume, "while-writing");
        output.WriteLine((await AnkoleCommand.MustAsync("replica", "purge", Volume)).Output.Trim());
        var inspected = await AnkoleCommand.JsonAsync("replica", "snapshot", "ls", Volume);
        Assert.Equal("quiesced", Assert.Single(inspected.GetProperty("snapshots").EnumerateArray()).GetProperty("name").GetString());
    }

    /// <summary>A snapshot of a mounted file system is what a power loss leaves: replaying the journal makes it clean, and what was synced is there.</summary>
    private async Task CheckRestoredAsync(string backup, string fileSystem, bool expectTree)
    {
        var image = folder[backup + ".img"];
        await AnkoleCommand.MustAsync("store", "restore", $"{Store}?backup={backup}&volume=vol", "--to", image);
        await using (var mount = await MountedImage.MountAsync(image, fileSystem))
        {
            await FileTree.MustEqualAsync(folder["early"], Path.Combine(mount.Root, "early"));
            if (expectTree)
                await FileTree.MustEqualAsync(folder["tree"], Path.Combine(mount.Root, "tree"));
        }
        await FileSystemCheck.MustBeCleanAsync(image, fileSystem);
    }
}
