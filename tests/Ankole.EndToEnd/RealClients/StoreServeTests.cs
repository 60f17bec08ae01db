using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>Real clients against <c>ankole store serve</c>: a backup as a device at once.</summary>
public sealed class StoreServeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("lz4", "2Mi")]
    [InlineData("gzip", "16Mi")]
    public async Task A_backup_is_read_over_NBD_as_it_was(string compression, string blockSize)
    {
        await using var server = await ServeAsync(compression, blockSize);

        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["in.img"], server.Uri);
        await Peer.MustAsync("nbdcopy", "--connections=4", server.Uri, folder["out.img"]);
        Assert.Equal(await FileHash.OfAsync(folder["in.img"]), await FileHash.OfAsync(folder["out.img"]));
        await Peer.MustAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", server.Uri, folder["out.qcow2"]);
        await Peer.MustAsync("qemu-img", "check", folder["out.qcow2"]);
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", folder["in.img"], folder["out.qcow2"]);
    }

    [Fact]
    public async Task The_map_shows_holes_where_the_backup_has_no_blocks()
    {
        Directory.CreateDirectory(folder["store"]);
        using (var file = File.Create(folder["in.img"]))
        {
            file.SetLength(64 << 20);
            file.Position = 10 << 20;
            file.Write(new byte[100].Select(_ => (byte)1).ToArray());
        }
        await using var server = await ServeImageAsync("lz4", "2Mi");

        const long MiB = 1 << 20;
        Assert.Equal(
            [new(0, 10 * MiB, NbdMap.HoleAndZero), new(10 * MiB, 2 * MiB, NbdMap.Data), new(12 * MiB, 52 * MiB, NbdMap.HoleAndZero)],
            await NbdMap.ReadAsync(server.Uri));
    }

    [Fact]
    public async Task A_backup_takes_no_writes()
    {
        await using var server = await ServeAsync("lz4", "2Mi");

        var export = (await Peer.JsonAsync("nbdinfo", "--json", server.Uri)).GetProperty("exports")[0];
        var written = await QemuIo.RunAsync(server.Uri, "write -P 1 0 4k");

        Assert.True(export.GetProperty("is_read_only").GetBoolean());
        Assert.DoesNotContain("wrote", written.Output, StringComparison.Ordinal);
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["in.img"], server.Uri);
    }

    [Fact]
    public async Task A_backup_that_is_being_served_is_not_deleted_and_can_be_afterwards()
    {
        await using var server = await ServeAsync("lz4", "2Mi");
        var url = $"file://{folder["store"]}?backup=first&volume=vol";

        var busy = await AnkoleCommand.RunAsync("store", "rm", url);
        await server.StopAsync();
        await AnkoleCommand.MustAsync("store", "rm", url);

        Assert.Equal(5, busy.ExitCode);
        Assert.Contains("a restore", busy.Error, StringComparison.Ordinal);
        Assert.Contains($"process {server.ProcessId} ", busy.Error, StringComparison.Ordinal);
    }

    private async Task<AnkoleServer> ServeAsync(string compression, string blockSize)
    {
        Peer.Require("qemu-img", "nbdcopy", "nbdinfo");
        Directory.CreateDirectory(folder["store"]);
        TestImage.Create(folder["in.img"], 64 << 20, seed: 27);
        return await ServeImageAsync(compression, blockSize);
    }

    private async Task<AnkoleServer> ServeImageAsync(string compression, string blockSize)
    {
        await AnkoleCommand.MustAsync(
            "store", "backup", folder["in.img"], $"file://{folder["store"]}", "--volume", "vol", "--backup", "first", "--compression", compression,
            "--block-size", blockSize);
        return await AnkoleServer.StartAsync("store", "serve", $"file://{folder["store"]}?backup=first&volume=vol", "--nbd", $"unix:{folder["s.sock"]}");
    }
}
