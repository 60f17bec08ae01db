using System.Diagnostics;
using Ankole.Core;

namespace Ankole.Nbd.Tests;

/// <summary>Our client against servers of others, new and old.</summary>
public sealed class RealServerTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ankole-nbd-");
    private readonly List<Process> servers = [];

    private string SocketPath => Path.Combine(directory.FullName, "s");

    [Theory]
    [InlineData("")]
    [InlineData("--no-sr")]
    [InlineData("--mask-handshake=0")]
    public async Task nbdkit_is_understood_in_every_style_it_has(string style)
    {
        await ServeAsync("nbdkit", [.. style.Length > 0 ? (string[])[style] : [], "-f", "-U", SocketPath, "memory", "16M"]);
        await using var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath));
        Assert.Equal(16 << 20, client.SizeBytes);
        Assert.False(client.HasExtendedHeaders);
        await AssertWorksAsync(client);
        var extents = await client.GetExtentsAsync(new ByteRange(0, client.SizeBytes), default).ToListAsync();
        Assert.Equal((0, 16L << 20), (extents[0].Range.Offset, extents[^1].Range.End));
        Assert.Equal(style.Length == 0, extents.Any(extent => extent.ReadsAsZeros));
    }

    /// <summary>nbdkit 1.32 offers zeroes, trims and flushes there and then refuses them, so only reads and writes are compared.</summary>
    [Fact]
    public async Task An_oldstyle_server_is_read_and_written()
    {
        await ServeAsync("nbdkit", "--oldstyle", "-f", "-U", SocketPath, "memory", "16M");
        await using var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath));
        var bytes = new byte[3_000_001];
        new Random(4).NextBytes(bytes);
        await client.WriteAsync(12345, bytes, default);
        var read = new byte[bytes.Length];
        await client.ReadAsync(12345, read, default);
        Assert.True(read.AsSpan().SequenceEqual(bytes));
        var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath, "name")));
        Assert.Equal(
            $"nbd+unix:///name?socket={SocketPath}: the server is too old to have named exports: leave the export name out.", error.Message);
    }

    [Fact]
    public async Task Requests_respect_the_block_sizes_of_a_server()
    {
        await ServeAsync("nbdkit", "-f", "-U", SocketPath, "--filter=blocksize-policy", "memory", "16M",
            "blocksize-minimum=4096", "blocksize-preferred=64K", "blocksize-maximum=128K", "blocksize-error-policy=error");
        await using var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath));
        Assert.Equal((4096, 65536), (client.MinimumBlockSize, client.PreferredBlockSize));
        await AssertWorksAsync(client);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    public async Task qemu_nbd_is_a_source_and_a_destination(string format)
    {
        var image = Path.Combine(directory.FullName, "image");
        await Peer.RunAsync("qemu-img", "create", "-q", "-f", format, image, "16M");
        await ServeAsync("qemu-nbd", "-k", SocketPath, "-f", format, "-x", "disk", "-t", "-e", "8", "--discard=unmap", image);
        await using (var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath, "disk")))
        {
            await AssertWorksAsync(client);
            Assert.Contains(await client.GetExtentsAsync(new ByteRange(0, client.SizeBytes), default).ToListAsync(), extent => extent.ReadsAsZeros);
        }
        var missing = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath, "gone")));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
    }

    [Fact]
    public async Task A_dirty_bitmap_of_qemu_tells_what_changed()
    {
        var image = Path.Combine(directory.FullName, "image");
        await Peer.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", image, "16M");
        await Peer.RunAsync("qemu-img", "bitmap", "--add", "-g", "65536", image, "b0");
        await Peer.RunAsync("qemu-io", "-f", "qcow2", "-c", "write 1M 64k", "-c", "write 3M 128k", image);
        await ServeAsync("qemu-nbd", "-k", SocketPath, "-f", "qcow2", "-r", "-t", "-B", "b0", image);
        await using var client = await NbdClient.ConnectAsync(
            NbdUri.ForUnix(SocketPath), new NbdClientOptions { Contexts = ["qemu:dirty-bitmap:b0"] });
        Assert.True(client.IsReadOnly);
        Assert.Equal(
            [new(1 << 20, 65536), new(3 << 20, 131072)],
            await client.GetChangedExtentsAsync("qemu:dirty-bitmap:b0", new ByteRange(0, client.SizeBytes), default).ToListAsync());
    }

    [Fact]
    public async Task A_server_that_is_killed_is_unavailable()
    {
        var process = await ServeAsync("nbdkit", "-f", "-U", SocketPath, "--filter=delay", "memory", "16M", "rdelay=30");
        await using var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath));
        var read = client.ReadAsync(0, new byte[4096], default).AsTask();
        await Task.Delay(50);
        process.Kill();
        var error = await Assert.ThrowsAsync<AnkoleException>(() => read.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.StartsWith($"nbd+unix:///?socket={SocketPath}: the server went away: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_the_server_is_passed_on()
    {
        await ServeAsync("nbdkit", "-f", "-U", SocketPath, "--filter=error", "memory", "16M", "error-pwrite=ENOSPC", "error-pread=EIO", "error-rate=100%");
        await using var client = await NbdClient.ConnectAsync(NbdUri.ForUnix(SocketPath));
        Assert.True((await Assert.ThrowsAsync<NbdServerException>(async () => await client.WriteAsync(0, new byte[512], default))).IsOutOfSpace);
        Assert.Equal(5, (await Assert.ThrowsAsync<NbdServerException>(async () => await client.ReadAsync(0, new byte[512], default))).Number);
    }

    public void Dispose()
    {
        foreach (var server in servers)
        {
            if (!server.HasExited)
                server.Kill();
            server.WaitForExit();
            server.Dispose();
        }
        directory.Delete(recursive: true);
    }

    private static async Task AssertWorksAsync(NbdClient client)
    {
        var bytes = new byte[3_000_001];
        new Random(3).NextBytes(bytes);
        await client.WriteAsync(12345, bytes, default);
        await client.WriteZeroesAsync(new ByteRange(100_000, 50_000), mayPunch: true, default);
        bytes.AsSpan(100_000 - 12345, 50_000).Clear();
        await client.WriteZeroesAsync(new ByteRange(200_000, 5_000), mayPunch: false, default);
        bytes.AsSpan(200_000 - 12345, 5_000).Clear();
        await client.DiscardAsync(new ByteRange(8 << 20, 1 << 20), default);
        await client.FlushAsync(default);
        var read = new byte[bytes.Length];
        await client.ReadAsync(12345, read, default);
        Assert.True(read.AsSpan().SequenceEqual(bytes));
    }

    private async Task<Process> ServeAsync(string program, params string[] arguments)
    {
        var process = await Peer.ServeAsync(SocketPath, program, arguments);
        servers.Add(process);
        return process;
    }
}
