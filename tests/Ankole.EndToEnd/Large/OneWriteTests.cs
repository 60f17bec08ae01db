using System.Buffers.Binary;
using Ankole.EndToEnd.RealClients;
using Ankole.Nbd;
using Ankole.Testing;

namespace Ankole.EndToEnd.Large;

/// <summary>The cost of a small change follows the change, not the volume and not the store.</summary>
public sealed class OneWriteTests(ITestOutputHelper output) : IDisposable
{
    private const long VolumeBytes = 100L << 30;

    private const int BlockBytes = 2 << 20, WritesInFlight = 64;

    private readonly TemporaryFolder folder = new();

    private string Volume => folder["volume"];

    private string Target => $"file://{folder["store"]}";

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_write_to_100_GiB_with_100_blocks_stored_sends_one_block()
    {
        await MakeVolumeAsync(blocks: 100);
        Directory.CreateDirectory(folder["store"]);
        await BackUpAsync("first");

        await ChangeAndCheckAsync(blocks: 100);

        // Read back through the block map of the copy: 100 GiB of zeros are skipped, not compared.
        await AnkoleCommand.MustAsync("store", "restore", $"{Target}?backup=second&volume=vol", "--to", folder["out.img"]);
        await using var server = await AnkoleServer.StartAsync("replica", "serve", Volume, "--snapshot", "second", "--nbd", $"unix:{folder["s.sock"]}");
        await Peer.MustAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", folder["out.img"], server.Uri);
    }

    [Fact]
    public async Task One_write_to_100_GiB_with_50000_blocks_stored_sends_one_block()
    {
        await MakeVolumeAsync(blocks: 50_000);
        HandMadeStore.Create(folder["store"], "vol", "first", "first", VolumeBytes, blocks: 50_000);

        await ChangeAndCheckAsync(blocks: 50_000);
    }

    /// <summary>A full volume of 4 TiB: its record alone is four fifths of the memory that a backup may take, and it is read and written.</summary>
    [Fact]
    public async Task One_write_to_4_TiB_with_two_million_blocks_stored_sends_one_block_in_bounded_memory()
    {
        const int blocks = 2_000_000;
        await AnkoleCommand.MustAsync("replica", "create", Volume, "--size", "4Ti");
        await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, "first");
        HandMadeStore.Create(folder["store"], "vol", "first", "first", 4L << 40, blocks, withBlockFiles: false);

        await ChangeAndCheckAsync(blocks);

        var listed = await MeasuredRun.RunAsync("store", "rm", $"{Target}?backup=second&volume=vol", "--dry-run");
        output.WriteLine($"deletion planned in {listed.Elapsed.TotalSeconds:0.0} s, {listed.PeakBytes >> 20} MiB at most");
        Assert.InRange(listed.PeakBytes, 1, 256 << 20);
    }

    private async Task ChangeAndCheckAsync(int blocks)
    {
        await using (var server = await AnkoleServer.ServeReplicaAsync(Volume))
        {
            await QemuIo.MustAsync(server.Uri, $"write -P 0x5a {77L * BlockBytes} 4k", "flush");
            await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, "second");
        }

        var run = await BackUpAsync("second");

        var (result, statistics) = (run.Result, run.Result.GetProperty("statistics"));
        var requests = statistics.GetProperty("requests");
        output.WriteLine(
            $"{blocks} blocks stored: {statistics.GetProperty("blocksNew")} block sent ({statistics.GetProperty("bytesSent")} bytes), " +
            $"{statistics.GetProperty("bytesRead")} bytes read, {requests.GetProperty("total")} requests, {run.Elapsed.TotalSeconds:0.0} s ({run.Processor.TotalSeconds:0.0} s of the processor), {run.PeakBytes >> 20} MiB at most");
        output.WriteLine($"  requests: {requests}");
        Assert.True(result.GetProperty("isIncremental").GetBoolean(), result.GetProperty("baseReason").GetString());
        Assert.Equal(blocks, result.GetProperty("blockCount").GetInt32());
        Assert.Equal(1, statistics.GetProperty("blocksNew").GetInt64());
        Assert.Equal(BlockBytes, statistics.GetProperty("bytesRead").GetInt64());
        Assert.InRange(requests.GetProperty("total").GetInt64(), 1, 20);
        // Of the processor, for a record of 200 MB is written to a disk that others use too.
        Assert.InRange(run.Processor, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60));
        Assert.InRange(run.PeakBytes, 1, 256 << 20);
    }

    private Task<MeasuredRun> BackUpAsync(string snapshot) =>
        MeasuredRun.RunAsync("store", "backup", $"replica:{Volume}@{snapshot}", Target, "--volume", "vol", "--backup", snapshot);

    /// <summary>A volume with eight bytes in each of so many blocks, and a snapshot of it.</summary>
    private async Task MakeVolumeAsync(int blocks)
    {
        await AnkoleCommand.MustAsync("replica", "create", Volume, "--size", $"{VolumeBytes}");
        await using var server = await AnkoleServer.ServeReplicaAsync(Volume);
        await using (var client = await NbdClient.ConnectAsync(NbdUri.Parse(server.Uri)))
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = WritesInFlight };
            await Parallel.ForAsync(0, blocks, options, async (block, token) =>
            {
                var bytes = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, block + 1);
                await client.WriteAsync((long)block * BlockBytes, bytes, token);
            });
            await client.FlushAsync(CancellationToken.None);
        }
        await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, "first");
    }
}
