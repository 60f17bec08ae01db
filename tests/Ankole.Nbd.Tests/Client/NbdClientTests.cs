using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

/// <summary>Our client against our server, which speaks extended headers; other servers are in Peers.</summary>
public sealed class NbdClientTests
{
    private const int Seed = 20260101;

    [Fact]
    public async Task Many_writers_and_readers_at_once_see_their_own_bytes()
    {
        await using var server = await TestServer.StartAsync(new MemoryBlockDevice(64 << 20));
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        Assert.Equal(4, client.ConnectionCount);
        Assert.True(client.HasExtendedHeaders);
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
        {
            var bytes = new byte[1 + (i * 7919 % 160_000)];
            new Random(Seed + i).NextBytes(bytes);
            await client.WriteAsync(i * 160_000L, bytes, token);
            var read = new byte[bytes.Length];
            await client.ReadAsync(i * 160_000L, read, token);
            Assert.True(read.AsSpan().SequenceEqual(bytes), $"writer {i}, seed {Seed + i}");
        });
    }

    [Fact]
    public async Task Requests_longer_than_a_payload_are_cut()
    {
        await using var server = await TestServer.StartAsync(new MemoryBlockDevice(80 << 20));
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        var bytes = new byte[70 << 20];
        new Random(Seed).NextBytes(bytes);
        await client.WriteAsync(3, bytes, default);
        var read = new byte[bytes.Length];
        await client.ReadAsync(3, read, default);
        Assert.True(read.AsSpan().SequenceEqual(bytes));
    }

    [Fact]
    public async Task Extents_and_changes_arrive_as_the_server_knows_them()
    {
        var device = new MemoryBlockDevice(1L << 42);
        await device.WriteAsync(1L << 41, new byte[8192], default);
        await using var server = await TestServer.StartAsync(
            [new NbdExport("disk", device) { Changes = new FixedChanges(("s1", [new(10, 5), new(1L << 40, 1L << 33)])) }]);
        await using var client = await NbdClient.ConnectAsync(server.Uri(), new NbdClientOptions { Contexts = ["ankole:changed:s1", "ankole:changed:no"] });
        Assert.Equal(["ankole:changed:s1", "base:allocation"], client.Contexts.Order());
        var hole = ExtentState.Hole | ExtentState.Zero;
        Assert.Equal(
            [new(new(0, 1L << 41), hole), new(new(1L << 41, 8192), ExtentState.Data), new(ByteRange.FromTo((1L << 41) + 8192, 1L << 42), hole)],
            await client.GetExtentsAsync(new ByteRange(0, client.SizeBytes), default).ToListAsync());
        Assert.Equal(
            [new(new((1L << 41) - 1, 1), hole), new Extent(new(1L << 41, 1), ExtentState.Data)],
            await client.GetExtentsAsync(new ByteRange((1L << 41) - 1, 2), default).ToListAsync());
        Assert.Equal(
            [new(10, 5), new(1L << 40, 1L << 33)],
            await client.GetChangedExtentsAsync("ankole:changed:s1", new ByteRange(0, client.SizeBytes), default).ToListAsync());
        var error = await Assert.ThrowsAsync<AnkoleException>(
            async () => await client.GetChangedExtentsAsync("ankole:changed:no", new ByteRange(0, 1), default).ToListAsync());
        Assert.Equal((ErrorKind.NotFound, $"{server.Uri()}: the server does not know the metadata context 'ankole:changed:no'."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task A_fragmented_range_is_asked_for_until_it_is_whole()
    {
        var device = new MemoryBlockDevice(1 << 20, pageSize: 1);
        for (var i = 0; i < 140_000; i += 2)
            await device.WriteAsync(i, new byte[] { 1 }, default);
        await using var server = await TestServer.StartAsync(device);
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        var extents = await client.GetExtentsAsync(new ByteRange(1, (1 << 20) - 1), default).ToListAsync();
        Assert.Equal(139_999, extents.Count);
        Assert.Equal((1, 1 << 20), (extents[0].Range.Offset, extents[^1].Range.End));
        Assert.All(extents.Zip(extents.Skip(1)), pair => Assert.Equal(pair.First.Range.End, pair.Second.Range.Offset));
    }

    [Fact]
    public async Task Unaligned_requests_to_a_server_with_large_blocks_change_nothing_beside_them()
    {
        var device = new MemoryBlockDevice(1 << 20);
        await using var server = await TestServer.StartAsync([new NbdExport("disk", device) { MinimumBlockSize = 4096 }]);
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        Assert.Equal(4096, client.MinimumBlockSize);
        var expected = new byte[1 << 20];
        new Random(Seed).NextBytes(expected);
        await client.WriteAsync(0, expected, default);
        byte[] patch = [1, 2, 3];
        await Parallel.ForAsync(0, 1000, async (i, token) => await client.WriteAsync(i * 1021, patch, token));
        for (var i = 0; i < 1000; i++)
            patch.CopyTo(expected, i * 1021);
        await client.WriteZeroesAsync(new ByteRange(5000, 20000), mayPunch: true, default);
        expected.AsSpan(5000, 20000).Clear();
        await client.WriteZeroesAsync(new ByteRange(30000, 10), mayPunch: false, default);
        expected.AsSpan(30000, 10).Clear();
        await client.DiscardAsync(new ByteRange(100_001, 4000), default);
        var read = new byte[(1 << 20) - 1];
        await client.ReadAsync(1, read, default);
        Assert.True(read.AsSpan().SequenceEqual(expected.AsSpan(1)));
    }

    [Fact]
    public async Task Zeroes_discards_and_flushes_reach_the_device()
    {
        var device = new MemoryBlockDevice(1L << 42);
        await using var server = await TestServer.StartAsync(device);
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        await client.WriteAsync(0, new byte[] { 1, 2, 3 }, default);
        await client.WriteAsync(1L << 41, new byte[] { 1, 2, 3 }, default);
        await client.WriteZeroesAsync(new ByteRange(0, 1L << 42), mayPunch: true, default);
        Assert.Equal(0, device.StoredPages);
        await client.WriteZeroesAsync(new ByteRange(0, 8192), mayPunch: false, default);
        Assert.Equal(2, device.StoredPages);
        await client.DiscardAsync(new ByteRange(0, 4096), default);
        Assert.Equal(1, device.StoredPages);
        await client.FlushAsync(default);
        Assert.Equal(1, device.Flushes);
    }

    [Fact]
    public async Task A_copy_through_the_client_is_the_same_and_keeps_its_holes()
    {
        var source = new MemoryBlockDevice(64 << 20);
        var random = new Random(Seed);
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(1, 100_000)];
            random.NextBytes(bytes);
            await source.WriteAsync(random.NextInt64(source.SizeBytes - bytes.Length), bytes, default);
        }
        var destination = new MemoryBlockDevice(64 << 20);
        await using var from = await TestServer.StartAsync(source);
        await using var to = await TestServer.StartAsync(destination);
        await using var reader = await NbdClient.ConnectAsync(from.Uri());
        await using var writer = await NbdClient.ConnectAsync(to.Uri());
        await BlockCopy.CopyAsync(reader, writer, destinationIsZero: true, progress: null, default);
        Assert.Equal(source.StoredPages, destination.StoredPages);
        Assert.Equal(await ContentAsync(source), await ContentAsync(destination));
    }

    [Fact]
    public async Task A_range_outside_a_read_only_export_and_a_missing_one_are_clear_errors()
    {
        await using var server = await TestServer.StartAsync([new NbdExport("disk", new MemoryBlockDevice(4096), readOnly: true)]);
        await using var client = await NbdClient.ConnectAsync(server.Uri());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await client.ReadAsync(4095, new byte[2], default));
        var error = await Assert.ThrowsAsync<AnkoleException>(async () => await client.WriteAsync(0, new byte[2], default));
        Assert.Equal((ErrorKind.Refused, $"{server.Uri()} is read-only."), (error.Kind, error.Message));
        var missing = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(server.Uri("gone")));
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
        Assert.Equal($"{server.Uri("gone")}: the server has no export 'gone' (it says: there is no export 'gone').", missing.Message);
    }

    [Fact]
    public async Task Leaving_ends_the_servers_connections()
    {
        await using var server = await TestServer.StartAsync();
        var client = await NbdClient.ConnectAsync(server.Uri());
        Assert.Equal(4, server.Server.ConnectionCount);
        await client.DisposeAsync();
        await WaitFor.TrueAsync(() => server.Server.ConnectionCount == 0);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.ReadAsync(0, new byte[1], default));
    }

    private static async Task<byte[]> ContentAsync(MemoryBlockDevice source)
    {
        var bytes = new byte[source.SizeBytes];
        await source.ReadAsync(0, bytes, default);
        return bytes;
    }
}
