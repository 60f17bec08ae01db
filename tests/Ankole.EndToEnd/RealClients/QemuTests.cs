using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>qemu-img and qemu-io against <c>ankole replica serve</c>.</summary>
public sealed class QemuTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public async Task A_qcow2_image_converts_into_a_volume_and_back_and_compares_equal()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");
        var (raw, first, second) = (volume.Folder["in.img"], volume.Folder["first.qcow2"], volume.Folder["second.qcow2"]);
        TestImage.Create(raw, 128 << 20, seed: 22);
        await Peer.MustAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, first);

        await Peer.MustAsync("qemu-img", "convert", "-n", "-W", "-m", "8", "-f", "qcow2", "-O", "raw", first, volume.Uri);
        await Peer.MustAsync("qemu-img", "compare", "-f", "qcow2", "-F", "raw", first, volume.Uri);
        await Peer.MustAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", volume.Uri, second);
        await Peer.MustAsync("qemu-img", "check", second);
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw, second);
    }

    [Fact]
    public async Task A_difference_of_one_byte_is_found()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        TestImage.Create(volume.Folder["in.img"], 64 << 20, seed: 23);
        await Peer.MustAsync("nbdcopy", volume.Folder["in.img"], volume.Uri);
        await volume.QemuIoAsync("write -P 0x5a 40000000 1", "write -P 0xa5 40000000 1");

        var compared = await Peer.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", volume.Folder["in.img"], volume.Uri);

        Assert.Equal(1, compared.ExitCode);
        Assert.Contains("Content mismatch at offset 40000000", compared.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_qcow2_file_lives_inside_a_volume()
    {
        await using var volume = await ServedVolume.StartAsync("128Mi");
        var image = $"json:{{\"driver\":\"qcow2\",\"file\":{{\"driver\":\"nbd\",\"server\":{{\"type\":\"unix\",\"path\":\"{volume.Directory}.sock\"}}}}}}";
        await Peer.MustAsync("qemu-img", "create", "-f", "qcow2", volume.Uri, "64M");
        await Peer.MustAsync("qemu-io", "-c", "write -P 7 1M 3M", "-c", "write -z 2M 64k", "-c", "flush", image);

        await Peer.MustAsync("qemu-img", "check", image);
        var read = await Peer.MustAsync("qemu-io", "-c", "read -P 7 1M 1M", "-c", "read -P 0 2M 64k", "-c", "read -P 7 2112k 1984k", image);
        Assert.DoesNotContain("failed", read.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_map_of_qemu_img_shows_the_same_data_and_zeros()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 1 2M 1M", "flush");

        var map = await Peer.JsonAsync("qemu-img", "map", "--output=json", "-f", "raw", volume.Uri);

        var runs = map.EnumerateArray().Select(run =>
            (run.GetProperty("start").GetInt64(), run.GetProperty("length").GetInt64(), run.GetProperty("data").GetBoolean(), run.GetProperty("zero").GetBoolean()));
        Assert.Equal([(0, 2 * MiB, false, true), (2 * MiB, MiB, true, false), (3 * MiB, 61 * MiB, false, true)], runs);
    }

    [Fact]
    public async Task Patterns_zeros_and_discards_read_back_at_any_alignment()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync(
            "write -P 0x11 0 4M", "write -P 0x22 1000 3000", "write -f -P 0x33 1048577 1", "write -z 2M 100k", "write -z -u 3M 64k", "discard 3584k 64k",
            "aio_write -P 0x44 10M 2M", "aio_write -P 0x55 12M 2M", "aio_flush", "writev -P 0x66 20M 4k 8k 512", "flush");

        await volume.QemuIoAsync(
            "read -P 0x11 0 1000", "read -P 0x22 1000 3000", "read -P 0x11 4000 1044577", "read -P 0x33 1048577 1", "read -P 0 2M 100k",
            "read -P 0 3M 64k", "read -P 0 3584k 64k", "read -P 0x11 3648k 448k", "read -P 0x44 10M 2M", "read -P 0x55 12M 2M", "read -P 0x66 20M 12800",
            "read -P 0 30M 34M");
    }

    [Fact]
    public async Task Zeros_and_discards_over_a_snapshot_leave_the_snapshot_as_it_was()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 9 0 8M");
        await volume.SnapshotAsync("kept");
        await volume.QemuIoAsync(
            "write -P 8 2M 2M", "discard 2M 2M", "write -z 5M 64k", "write -z -u 6M 64k", "flush",
            "read -P 9 0 2M", "read -P 0 5M 64k", "read -P 9 5184k 64k", "read -P 0 6M 64k", "read -P 9 6208k 64k");
        await volume.Server.DisposeAsync();

        await AnkoleCommand.MustAsync("replica", "export", volume.Directory, "--snapshot", "kept", "--to", volume.Folder["kept.img"]);

        await QemuIo.MustAsync(volume.Folder["kept.img"], "read -P 9 0 8M", "read -P 0 8M 56M");
    }

    [Fact]
    public async Task Requests_beyond_the_end_are_refused_and_the_connection_goes_on()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 1 67104768 4096");

        var run = await QemuIo.RunAsync(volume.Uri, "write -P 2 67108864 512", "read -P 1 67104768 4096");

        Assert.Contains("read 4096/4096 bytes at offset 67104768", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrote", run.Output, StringComparison.Ordinal);
    }
}
