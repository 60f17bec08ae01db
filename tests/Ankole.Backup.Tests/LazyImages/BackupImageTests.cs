using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

public sealed class BackupImageTests
{
    private readonly MemoryObjectStore objects = new();
    private readonly MemoryDevice device = new(32 * MiB);

    public BackupImageTests()
    {
        device.Randomize(3 * MiB, 10 * MiB, seed: 1);
        device.Randomize(20 * MiB, MiB, seed: 2);
        device.Randomize(31 * MiB, MiB, seed: 3);
    }

    [Fact]
    public async Task Reads_at_any_place_and_length_are_the_backups_bytes()
    {
        await using var image = await OpenAsync();
        var random = new Random(7);
        await Parallel.ForAsync(0, 200, Token, async (_, token) =>
        {
            int offset, length;
            lock (random)
            {
                offset = random.Next(32 * MiB);
                length = random.Next(Math.Min(3 * MiB, (32 * MiB) - offset));
            }
            var buffer = new byte[length];
            await image.ReadAsync(offset, buffer, token);
            Assert.True(device.Bytes.AsSpan(offset, length).SequenceEqual(buffer));
        });
    }

    [Fact]
    public async Task Concurrent_readers_of_a_block_share_one_fetch()
    {
        await using var image = await OpenAsync();
        await Parallel.ForAsync(0, 50, Token, async (i, token) => await image.ReadAsync((4 * MiB) + (i * 1000), new byte[1000], token));
        Assert.Equal(1, image.BlocksFetched);
    }

    [Fact]
    public async Task A_sequential_reader_finds_the_next_blocks_on_their_way()
    {
        await using var image = await OpenAsync();
        await image.ReadAsync(2 * MiB, new byte[1000], Token);
        await image.ReadAsync(4 * MiB, new byte[1000], Token);
        for (var i = 0; i < 6000 && image.BlocksFetched < 6; i++)
            await Task.Delay(5, Token);
        Assert.Equal(6, image.BlocksFetched);
    }

    [Fact]
    public async Task Memory_is_bounded_and_an_evicted_block_is_fetched_again()
    {
        await using var image = await OpenAsync(cacheBytes: 4 * MiB);
        for (var round = 0; round < 2; round++)
            foreach (var offset in new[] { 2, 12, 6, 30, 20 })
            {
                var buffer = new byte[2 * MiB];
                await image.ReadAsync(offset * MiB, buffer, Token);
                Assert.True(device.Bytes.AsSpan(offset * MiB, 2 * MiB).SequenceEqual(buffer));
            }
        Assert.Equal(10, image.BlocksFetched);
    }

    [Fact]
    public async Task What_is_not_listed_is_a_hole_and_is_not_fetched()
    {
        await using var image = await OpenAsync();
        var buffer = new byte[MiB];
        buffer.AsSpan().Fill(1);
        await image.ReadAsync(0, buffer, Token);
        Assert.DoesNotContain(buffer, b => b != 0);
        Assert.Equal(0, image.BlocksFetched);

        var extents = new List<Extent>();
        await foreach (var extent in image.GetExtentsAsync(new ByteRange(MiB, 30 * MiB), Token))
            extents.Add(extent);
        Assert.Equal(
            [(1, 2, true), (2, 14, false), (14, 20, true), (20, 22, false), (22, 30, true), (30, 31, false)],
            extents.Select(extent => ((int)(extent.Range.Offset / MiB), (int)(extent.Range.End / MiB), extent.ReadsAsZeros)));
    }

    [Fact]
    public async Task A_deletion_is_refused_while_the_image_is_open()
    {
        await using (await OpenAsync())
            await Assert.ThrowsAsync<VolumeLockedException>(() => Store(objects).DeleteBackupAsync("vol1", "b1", false, null, Token));
        await Store(objects).DeleteBackupAsync("vol1", "b1", false, null, Token);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_stop_the_others()
    {
        await using var image = await OpenAsync();
        using var cancelled = new CancellationTokenSource();
        var other = image.ReadAsync(4 * MiB, new byte[10], Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await image.ReadAsync(4 * MiB, new byte[10], cancelled.Token));
        await other;
    }

    private async Task<BackupImage> OpenAsync(long cacheBytes = 64 * MiB)
    {
        await Store(objects).BackUp("b1", device);
        var options = new BackupstoreOptions { LockTimings = Options.LockTimings, ImageCacheBytes = cacheBytes };
        return await Store(objects, options).OpenImageAsync(new RestoreRequest { Volume = "vol1", Backup = "b1" }, Token);
    }
}
