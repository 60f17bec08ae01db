namespace Ankole.EndToEnd.RealClients;

/// <summary>nbdcopy to and from <c>ankole replica serve</c>.</summary>
public sealed class NbdCopyTests
{
    [Theory]
    [InlineData("--synchronous")]
    [InlineData("--connections=4", "--threads=4", "--requests=64")]
    public async Task An_image_goes_in_and_comes_out_the_same(params string[] options)
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");
        TestImage.Create(volume.Folder["in.img"], 128 << 20, seed: 20);

        await Peer.MustAsync("nbdcopy", [.. options, "--flush", volume.Folder["in.img"], volume.Uri]);
        await Peer.MustAsync("nbdcopy", [.. options, volume.Uri, volume.Folder["out.img"]]);

        Assert.Equal(await FileHash.OfAsync(volume.Folder["in.img"]), await FileHash.OfAsync(volume.Folder["out.img"]));
        await volume.Server.DisposeAsync();
        await AnkoleCommand.MustAsync("replica", "export", volume.Directory, "--to", volume.Folder["exported.img"]);
        Assert.Equal(await FileHash.OfAsync(volume.Folder["in.img"]), await FileHash.OfAsync(volume.Folder["exported.img"]));
    }

    [Fact]
    public async Task Holes_of_the_image_stay_holes_of_the_volume()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");
        TestImage.Create(volume.Folder["in.img"], 128 << 20, seed: 21);

        await Peer.MustAsync("nbdcopy", "--flush", volume.Folder["in.img"], volume.Uri);

        var data = (await NbdMap.ReadAsync(volume.Uri)).Where(run => run.Status == NbdMap.Data).Sum(run => run.Length);
        Assert.InRange(data, 8 << 20, 20 << 20);
    }

    [Fact]
    public async Task One_volume_copies_to_another_from_export_to_export()
    {
        await using var from = await ServedVolume.StartAsync("64Mi");
        await using var to = await ServedVolume.StartAsync("64Mi");
        await from.QemuIoAsync("write -P 1 0 3M", "write -P 2 50M 5000k", "discard 1M 1M", "flush");

        await Peer.MustAsync("nbdcopy", "--flush", from.Uri, to.Uri);

        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", from.Uri, to.Uri);
        await to.QemuIoAsync("read -P 1 0 1M", "read -P 0 1M 1M", "read -P 1 2M 1M", "read -P 2 50M 5000k");
    }
}
