using System.Text.Json;
using System.Text.RegularExpressions;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

/// <summary>Clients of others against our server.</summary>
public sealed partial class RealClientTests : IAsyncLifetime
{
    private const int Size = 64 << 20;

    private readonly MemoryBlockDevice device = new(Size);
    private TestServer server = null!;

    private string Uri => server.Uri().ToString();

    public async ValueTask InitializeAsync() => server = await TestServer.StartAsync(
    [
        new NbdExport("disk", device) { Description = "a test", Changes = new FixedChanges(("snap-1", [new(65536, 65536), new(1 << 20, 4096)])) },
        new NbdExport("frozen", device, readOnly: true),
    ]);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task nbdinfo_lists_the_exports_and_what_they_can_do()
    {
        using var listed = JsonDocument.Parse(await Peer.RunAsync("nbdinfo", "--json", "--list", server.Uri("").ToString()));
        var exports = listed.RootElement.GetProperty("exports").EnumerateArray().ToDictionary(export => export.GetProperty("export-name").GetString()!);
        Assert.Equal(["disk", "frozen"], exports.Keys.Order());
        var disk = exports["disk"];
        Assert.Equal("a test", disk.GetProperty("description").GetString());
        Assert.Equal(Size, disk.GetProperty("export-size").GetInt64());
        Assert.Equal(["base:allocation", "ankole:changed:snap-1"], disk.GetProperty("contexts").EnumerateArray().Select(name => name.GetString()));
        foreach (var ability in (string[])["can_cache", "can_df", "can_flush", "can_fua", "can_multi_conn", "can_trim", "can_zero"])
            Assert.True(disk.GetProperty(ability).GetBoolean(), ability);
        Assert.False(disk.GetProperty("is_read_only").GetBoolean());
        Assert.True(exports["frozen"].GetProperty("is_read_only").GetBoolean());
        Assert.False(exports["frozen"].GetProperty("can_trim").GetBoolean());
    }

    [Fact]
    public async Task nbdinfo_maps_data_and_holes_and_the_changes_since_a_snapshot()
    {
        await device.WriteAsync(65536, new byte[65536], default);
        Assert.Equal(["0 65536 3 hole,zero", "65536 65536 0 data", "131072 66977792 3 hole,zero"], Lines(await Peer.RunAsync("nbdinfo", "--map", Uri)));
        Assert.Equal(
            ["0 65536 0", "65536 65536 1", "131072 917504 0", "1048576 4096 1", "1052672 66056192 0"],
            Lines(await Peer.RunAsync("nbdinfo", "--map=ankole:changed:snap-1", Uri)));
    }

    [Fact]
    public async Task nbdcopy_brings_an_image_in_and_out_again()
    {
        var image = await ImageAsync("in.raw");
        var copy = Path.Combine(server.DirectoryPath, "out.raw");
        await Peer.RunAsync("nbdcopy", image, Uri);
        Assert.InRange(device.StoredPages, 1, Size / 4096 / 2);
        await Peer.RunAsync("nbdcopy", Uri, copy);
        Assert.Equal(await File.ReadAllBytesAsync(image), await File.ReadAllBytesAsync(copy));
    }

    [Fact]
    public async Task qemu_img_converts_compares_and_maps()
    {
        var image = await ImageAsync("in.raw");
        await Peer.RunAsync("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image, Uri);
        Assert.Contains("Images are identical", await Peer.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", image, Uri), StringComparison.Ordinal);
        var qcow2 = Path.Combine(server.DirectoryPath, "out.qcow2");
        await Peer.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", server.Uri("frozen").ToString(), qcow2);
        Assert.Contains("No errors were found", await Peer.RunAsync("qemu-img", "check", qcow2), StringComparison.Ordinal);
        Assert.Contains("Images are identical", await Peer.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", image, qcow2), StringComparison.Ordinal);
        using var map = JsonDocument.Parse(await Peer.RunAsync("qemu-img", "map", "--output=json", "-f", "raw", Uri));
        Assert.Contains(map.RootElement.EnumerateArray(), extent => !extent.GetProperty("data").GetBoolean());
        await device.WriteAsync(Size - 1, new byte[] { 0xff }, default);
        Assert.Equal(1, (await Peer.TryAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", image, Uri)).Code);
    }

    [Fact]
    public async Task A_qcow2_that_lives_on_our_server_stays_consistent()
    {
        await Peer.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", Uri, "32M");
        await Peer.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 0x11 0 1M", "-c", "write -P 0x22 20M 3k", "-c", "discard 64k 128k", "-c", "flush", Uri);
        Assert.Contains("No errors were found", await Peer.RunAsync("qemu-img", "check", "-f", "qcow2", Uri), StringComparison.Ordinal);
        await AssertReadsAsync("qcow2", "read -P 0x11 0 64k", "read -P 0 64k 128k", "read -P 0x22 20M 3k");
    }

    [Fact]
    public async Task qemu_io_writes_zeroes_discards_and_overlaps_requests()
    {
        await Peer.RunAsync(
            "qemu-io", "-f", "raw", "-c", "write -P 0xab 512 100k", "-c", "write -f -P 0xcd 1M 4k", "-c", "write -z 8k 4k", "-c", "write -z -u 16k 8k",
            "-c", "discard 32k 4k", "-c", "aio_write -P 1 2M 512k", "-c", "aio_write -P 2 3M 512k", "-c", "aio_write -P 3 4M 64k", "-c", "aio_flush",
            "-c", "writev -P 0xee 5M 1k 2k 512", "-c", "flush", Uri);
        await AssertReadsAsync(
            "raw", "read -P 0 0 512", "read -P 0xab 512 7680", "read -P 0 8k 4k", "read -P 0xab 12k 4k", "read -P 0 16k 8k", "read -P 0xab 24k 8k",
            "read -P 0xcd 1M 4k", "read -P 1 2M 512k", "read -P 2 3M 512k", "read -P 3 4M 64k", "read -P 0xee 5M 3584", $"read -P 0 {Size - 512} 512");
        var (_, output, error) = await Peer.TryAsync("qemu-io", "-f", "raw", "-r", "-c", "write 0 512", server.Uri("frozen").ToString());
        Assert.Contains("read-only", output + error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task fio_verifies_what_four_connections_wrote()
    {
        var log = await Peer.RunAsync(
            "fio", "--name=verify", "--ioengine=nbd", $"--uri={Uri}", "--numjobs=4", "--size=8m", "--offset_increment=8m", "--rw=randwrite", "--bsrange=512-64k",
            "--blockalign=512", "--iodepth=16", "--verify=crc32c", "--verify_fatal=1", "--do_verify=1", "--randrepeat=1", "--output-format=json");
        using var report = JsonDocument.Parse(log[log.IndexOf('{', StringComparison.Ordinal)..]);
        var jobs = report.RootElement.GetProperty("jobs").EnumerateArray().ToList();
        Assert.Equal(4, jobs.Count);
        Assert.All(jobs, job => Assert.Equal(0, job.GetProperty("error").GetInt32()));
        Assert.All(jobs, job => Assert.True(job.GetProperty("read").GetProperty("io_bytes").GetInt64() >= 8 << 20));
    }

    private static IEnumerable<string> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Spaces().Replace(line.Trim(), " "));

    /// <summary>Each command reads and compares with a pattern.</summary>
    private async Task AssertReadsAsync(string format, params string[] commands)
    {
        var output = await Peer.RunAsync("qemu-io", ["-f", format, .. commands.SelectMany(command => (string[])["-c", command]), Uri]);
        Assert.DoesNotContain("Pattern verification failed", output, StringComparison.Ordinal);
        Assert.Equal(commands.Length, output.Split('\n').Count(line => line.StartsWith("read ", StringComparison.Ordinal)));
    }

    /// <summary>Random bytes in every fourth 64 KiB.</summary>
    private async Task<string> ImageAsync(string name)
    {
        var path = Path.Combine(server.DirectoryPath, name);
        await using var file = File.Create(path);
        file.SetLength(Size);
        var random = new Random(7);
        var bytes = new byte[65536];
        for (var offset = 0; offset < Size; offset += 4 * bytes.Length)
        {
            random.NextBytes(bytes);
            file.Position = offset;
            await file.WriteAsync(bytes);
        }
        return path;
    }

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
