using System.Runtime.CompilerServices;
using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>What a backup asks the store, in figures.</summary>
public sealed class RequestCountTests
{
    private const int BlockSize = 2 * MiB;

    [Fact]
    public async Task One_changed_block_costs_a_handful_of_requests_whatever_the_store_holds()
    {
        var small = await CountAsync(storedBlocks: 100, changedBlocks: 1);
        var large = await CountAsync(storedBlocks: 50_000, changedBlocks: 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"100 stored blocks: {small}");
        TestContext.Current.TestOutputHelper?.WriteLine($"50000 stored blocks: {large}");
        Assert.InRange(small.Total, 1, 16);
        Assert.InRange(large.Total, 1, 16);
        Assert.True(large.Total <= small.Total);
    }

    [Fact]
    public async Task Many_changed_blocks_cost_one_listing_and_a_put_each()
    {
        var counts = await CountAsync(storedBlocks: 5_000, changedBlocks: 100);
        // A put each, the lock twice, the record unfinished and finished, volume.cfg.
        Assert.Equal(100 + 5, counts.Put);
        // Two of the locks, six pages of blocks.
        Assert.InRange(counts.List, 2, 8);
        Assert.InRange(counts.Get + counts.Stat, 1, 6);
    }

    [Fact]
    public async Task Nothing_is_asked_for_blocks_that_the_base_knows()
    {
        var objects = new MemoryObjectStore();
        var device = new MemoryDevice(32 * MiB);
        device.Randomize(0, 32 * MiB, seed: 1);
        await Store(objects).BackUp("b1", device);
        var result = await Store(objects).BackUp("b2", device);
        Assert.Equal((0, 16), (result.Statistics.BlocksNew, result.Statistics.BlocksKnown));
        Assert.InRange(result.Statistics.Requests.Total, 1, 15);
    }

    private static async Task<RequestCounts> CountAsync(int storedBlocks, int changedBlocks)
    {
        var objects = new MemoryObjectStore();
        var keys = new VolumeKeys("vol1");
        var blocks = new BlockList.Builder(storedBlocks);
        for (var i = 0; i < storedBlocks; i++)
        {
            var checksum = BlockChecksum.OfText($"block {i}");
            blocks.Add((long)i * BlockSize, checksum);
            objects.Set(keys.Blocks.KeyOf(checksum), "x"u8);
        }
        var size = (long)storedBlocks * BlockSize;
        using (var record = new BackupRecord
        {
            Name = "base", VolumeName = "vol1", SnapshotName = "s1", SnapshotCreatedAt = "2026-01-01T00:00:00Z", CreatedTime = "2026-01-01T00:00:00Z",
            CompressionMethod = "lz4", Blocks = blocks.Build(out _),
        }.Write())
            objects.Set(keys.Backup("base"), record.Written.Span);
        using (var volume = new VolumeRecord
        {
            Name = "vol1", SizeBytes = size, LastBackupName = "base", LastBackupAt = "2026-01-01T00:00:00Z", BlockCount = storedBlocks, CompressionMethod = "lz4",
        }.Write())
            objects.Set(keys.Record, volume.Written.Span);

        var result = await Store(objects).BackUp("next", new ChangedSource(size, changedBlocks));

        Assert.Equal((changedBlocks, (long)changedBlocks * BlockSize), (result.Statistics.BlocksNew, result.Statistics.BytesRead));
        Assert.Equal(storedBlocks, result.Blocks);
        return result.Statistics.Requests;
    }

    /// <summary>A huge volume in which 4 KiB of some blocks changed since snapshot s1.</summary>
    private sealed class ChangedSource(long sizeBytes, int changedBlocks) : ISnapshotSource
    {
        public string SnapshotName => "s2";

        public long SizeBytes => sizeBytes;

        public int PreferredBlockSize => 512;

        public bool CanTellChangesSince(string snapshot) => snapshot == "s1";

        public async IAsyncEnumerable<ByteRange> GetChangedExtentsAsync(string? snapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            for (var i = 0L; i < changedBlocks; i++)
                yield return new ByteRange((i * BlockSize) + 8192, 4096);
        }

        public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            destination.Span.Clear();
            BitConverter.TryWriteBytes(destination.Span, offset + 1);
            return ValueTask.CompletedTask;
        }

        public async IAsyncEnumerable<Extent> GetExtentsAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            yield return new Extent(range, ExtentState.Data);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
