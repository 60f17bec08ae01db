using Ankole.Testing;

namespace Ankole.EndToEnd.Daemon;

/// <summary>The resources are lost, the bytes are not.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Volumes_and_backups_come_back_from_replica_directories_and_the_backupstore()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await AnkoleDaemon.StartAsync(folder["data"]);
        await daemon.MustAsync("target", "set", "default", "--url", $"file://{folder["store"]}");
        await daemon.MustAsync("target", "sync", "default", "--timeout", "5m");
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--attach", "--wait");
        var address = (await daemon.MustAsync("volume", "attach", "data")).Output.Split('\n')[0];
        TestImage.Create(folder["image"], 16 << 20, seed: 7);
        await Peer.MustAsync("nbdcopy", "--flush", folder["image"], address);
        await daemon.MustAsync("snapshot", "create", "data", "one");
        await daemon.MustAsync("backup", "create", "data", "--snapshot", "one", "--name", "backup-one", "--wait");
        Assert.Contains("agree", (await daemon.MustAsync("doctor")).Output, StringComparison.Ordinal);

        await daemon.StopAsync();
        foreach (var file in Directory.EnumerateFiles(folder["data"], "resources.db*"))
            File.Delete(file);
        await daemon.StartAgainAsync();
        await daemon.MustAsync("target", "set", "default", "--url", $"file://{folder["store"]}");
        var found = await daemon.RunAsync("doctor");
        Assert.Equal(3, found.ExitCode);
        Assert.Contains("of volume 'data'", found.Output, StringComparison.Ordinal);

        await daemon.MustAsync("doctor", "--fix");
        await daemon.MustAsync("target", "sync", "default", "--timeout", "5m");
        await Eventually.TrueAsync("the backup is listed again", async () => (await daemon.RunAsync("backup", "show", "backup-one")).ExitCode == 0);
        address = (await daemon.MustAsync("volume", "attach", "data")).Output.Split('\n')[0];
        await Peer.MustAsync("nbdcopy", address, folder["again"]);
        Assert.Equal(await FileHash.OfAsync(folder["image"]), await FileHash.OfAsync(folder["again"]));
        await daemon.MustAsync("snapshot", "show", "one");
    }
}
