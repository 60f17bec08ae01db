using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

public sealed class BackupTests
{
    private readonly MemoryObjectStore objects = new();

    public static TheoryData<CompressionMethod, int> Forms()
    {
        var data = new TheoryData<CompressionMethod, int>();
        foreach (var method in Enum.GetValues<CompressionMethod>())
            foreach (var size in new[] { 2 * MiB, 16 * MiB, 64 << 10 })
                data.Add(method, size);
        return data;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Every_compression_and_block_size_comes_back_first_and_incrementally(CompressionMethod method, int blockSize)
    {
        var chain = new MemoryChain(32 * MiB);
        chain.Randomize(5000, 3 * MiB, seed: 1);
        chain.Write(10 * MiB, Enumerable.Repeat((byte)7, 5 * MiB).ToArray());
        chain.Randomize(31 * MiB, MiB, seed: 2);
        var store = Store(objects);
        BackupRequest Form(BackupRequest request) => request with { Compression = method, BlockSize = blockSize };

        var first = await store.BackUp("b1", chain.Snapshot("s1"), Form);
        chain.Randomize(11 * MiB, 100, seed: 3);
        var second = await store.BackUp("b2", chain.Snapshot("s2"), Form);

        Assert.Equal(chain.Open("s1").Bytes, (await store.Restore("b1")).Bytes);
        Assert.Equal(chain.Open("s2").Bytes, (await store.Restore("b2")).Bytes);
        Assert.False(first.IsIncremental);
        Assert.True(second.IsIncremental);
        Assert.Equal((1, blockSize), (second.Statistics.BlocksNew, second.Statistics.BytesRead));
        Assert.Equal(method, CompressionMethods.Parse(objects.Record("b2").CompressionMethod));
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task A_source_without_snapshots_is_incremental_by_content()
    {
        var device = new MemoryDevice(32 * MiB);
        device.Randomize(0, 10 * MiB, seed: 1);
        var store = Store(objects);
        await store.BackUp("b1", device);
        device.Randomize(4 * MiB, 10, seed: 2);
        device.Write(8 * MiB, new byte[2 * MiB]);
        var image = device.Bytes.ToArray();

        var second = await store.BackUp("b2", device);

        Assert.Equal((1, 1, 3), (second.Statistics.BlocksNew, second.Statistics.BlocksZero, second.Statistics.BlocksKnown));
        Assert.Equal(4, second.Blocks);
        Assert.Equal(image, (await store.Restore("b2")).Bytes);
    }

    [Fact]
    public async Task A_block_that_became_zero_hides_the_inherited_one()
    {
        var chain = new MemoryChain(16 * MiB);
        chain.Randomize(0, 4 * MiB, seed: 1);
        var store = Store(objects);
        await store.BackUp("b1", chain.Snapshot("s1"));
        chain.Write(2 * MiB, new byte[2 * MiB]);
        chain.Write(8 * MiB, new byte[2 * MiB]);
        var result = await store.BackUp("b2", chain.Snapshot("s2"));

        Assert.Equal(chain.Open("s2").Bytes, (await store.Restore("b2")).Bytes);
        Assert.Equal([0L, 2 * MiB], objects.Record("b2").Blocks.Offsets.ToArray());
        Assert.Equal(1, result.Statistics.BlocksInherited);
    }

    [Fact]
    public async Task Over_a_backing_image_zeros_are_listed()
    {
        var device = new MemoryDevice(8 * MiB);
        device.Randomize(2 * MiB, 100, seed: 1);
        await Store(objects).BackUp("b1", device, request => request with { BackingImageName = "parrot", BackingImageChecksum = "ab" });
        Assert.Equal(4, objects.Record("b1").Blocks.Count);
        Assert.Equal(("parrot", "ab"), (objects.Volume().BackingImageName, objects.Volume().BackingImageChecksum));
    }

    [Fact]
    public async Task A_size_that_is_no_multiple_is_refused_with_the_way_out()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Store(objects).BackUp("b1", new MemoryDevice((8 * MiB) + 512)));
        Assert.Equal(
            "volume 'vol1' has 8389120 bytes, which is not a multiple of the block size 2097152, and no restore would accept it. " +
            "Enlarge the source to 10485760 bytes (truncate -s enlarges a raw file), or choose a block size that divides it.", error.Message);
        Assert.Empty(objects.Contents);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused()
    {
        var device = new MemoryDevice(2 * MiB);
        await Store(objects).BackUp("b1", device);
        var error = await Assert.ThrowsAsync<AnkoleException>(() => Store(objects).BackUp("b1", device));
        Assert.Equal((ErrorKind.Refused, "backup 'b1' of volume 'vol1' exists already. Choose another name, or delete it first."), (error.Kind, error.Message));
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task The_volume_keeps_the_compression_it_began_with()
    {
        var device = new MemoryDevice(4 * MiB);
        device.Randomize(0, MiB, seed: 1);
        await Store(objects).BackUp("b1", device, request => request with { Compression = CompressionMethod.Gzip });
        device.Randomize(2 * MiB, MiB, seed: 2);
        var result = await Store(objects).BackUp("b2", device);
        Assert.Equal("gzip", objects.Record("b2").CompressionMethod);
        Assert.Contains("The volume's blocks are compressed by gzip since its first backup; that stays so.", result.Notes);
        Assert.Equal(device.Bytes, (await Store(objects).Restore("b2")).Bytes);
    }

    [Fact]
    public async Task Another_block_size_has_no_base()
    {
        var chain = new MemoryChain(32 * MiB);
        chain.Randomize(0, 20 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        chain.Randomize(0, 10, seed: 2);
        var result = await Store(objects).BackUp("b2", chain.Snapshot("s2"), request => request with { BlockSize = 16 * MiB });
        Assert.False(result.IsIncremental);
        Assert.Equal("the last backup 'b1' has blocks of 2097152 bytes, this one of 16777216", result.BaseReason);
        Assert.Contains(result.Notes, note => note.Contains("blocks of 2 MiB, this one of 16 MiB", StringComparison.Ordinal) && note.Contains("let that be a full one", StringComparison.Ordinal));
        Assert.Equal(chain.Open("s2").Bytes, (await Store(objects).Restore("b2")).Bytes);
    }

    [Theory]
    [InlineData(BackupMode.Incremental, false)]
    [InlineData(BackupMode.Full, false)]
    [InlineData(BackupMode.Incremental, true)]
    public async Task Where_no_block_size_is_asked_for_the_one_of_the_last_backup_stays(BackupMode mode, bool isVolumeRecordLost)
    {
        var chain = new MemoryChain(32 * MiB);
        chain.Randomize(0, 20 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"), request => request with { BlockSize = 16 * MiB });
        if (isVolumeRecordLost)
            await objects.DeleteAsync([objects.Contents.Keys.Single(key => key.EndsWith("/volume.cfg", StringComparison.Ordinal))], TestContext.Current.CancellationToken);
        chain.Randomize(0, 10, seed: 2);
        var result = await Store(objects).BackUp("b2", chain.Snapshot("s2"), request => request with { Mode = mode });
        Assert.Equal(16 * MiB, objects.Record("b2").BlockSize);
        Assert.Equal(mode == BackupMode.Incremental && !isVolumeRecordLost, result.IsIncremental);
        Assert.Equal(chain.Open("s2").Bytes, (await Store(objects).Restore("b2")).Bytes);
    }

    [Fact]
    public async Task A_volume_that_its_kept_block_size_does_not_divide_is_refused_before_anything_is_sent()
    {
        var chain = new MemoryChain(32 * MiB);
        chain.Randomize(0, MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"), request => request with { BlockSize = 16 * MiB });
        var before = objects.Contents.Keys.Order().ToList();
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Store(objects).BackUp("b2", new MemoryDevice(34 * MiB)));
        Assert.Contains("not a multiple of the block size 16777216", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, objects.Contents.Keys.Order());
    }

    [Theory]
    [InlineData("same")]
    [InlineData("gone")]
    [InlineData("unnamed")]
    public async Task Without_a_proof_every_allocated_block_is_looked_at(string why)
    {
        var chain = new MemoryChain(32 * MiB);
        chain.Randomize(0, 20 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        if (why == "unnamed")
        {
            var key = new VolumeKeys("vol1").Backup("b1");
            using var text = (objects.Record("b1") with { SnapshotName = "" }).Write();
            objects.Set(key, text.Written.Span);
        }
        chain.Randomize(MiB, 10, seed: 2);
        var source = chain.Snapshot("s2");
        if (why == "gone")
        {
            chain.Remove("s1");
            source = chain.Open("s2");
        }
        if (why == "same")
            source = chain.Open("s1");

        var result = await Store(objects).BackUp("b2", source);

        Assert.False(result.IsIncremental);
        Assert.Equal(20 * MiB, result.Statistics.BytesRead);
        Assert.Equal(why == "same" ? 0 : 1, result.Statistics.BlocksNew);
        Assert.Equal(source.Bytes, (await Store(objects).Restore("b2")).Bytes);
    }

    [Fact]
    public async Task After_an_expansion_both_backups_restore()
    {
        var chain = new MemoryChain(8 * MiB);
        chain.Randomize(0, 8 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        chain.Expand(16 * MiB);
        chain.Randomize(14 * MiB, MiB, seed: 2);
        await Store(objects).BackUp("b2", chain.Snapshot("s2"));

        var old = await Store(objects).Restore("b1");
        Assert.Equal(16 * MiB, old.SizeBytes);
        Assert.Equal(chain.Open("s1").Bytes, old.Bytes[..(8 * MiB)]);
        Assert.DoesNotContain(old.Bytes[(8 * MiB)..], b => b != 0);
        Assert.Equal(chain.Open("s2").Bytes, (await Store(objects).Restore("b2")).Bytes);

        await using var exact = await Store(objects).OpenRestoreAsync(
            new RestoreRequest { Volume = "vol1", Backup = "b1", SizeBytes = 8 * MiB }, Token);
        Assert.Equal(8 * MiB, exact.SizeBytes);
    }

    [Fact]
    public async Task A_smaller_source_drops_inherited_blocks_beyond_its_end()
    {
        var chain = new MemoryChain(16 * MiB);
        chain.Randomize(0, 16 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        var whole = chain.Open("s1").Bytes;
        chain.Expand(8 * MiB);
        chain.Randomize(0, 10, seed: 2);
        await Store(objects).BackUp("b2", chain.Snapshot("s2"));
        Assert.Equal(4, objects.Record("b2").Blocks.Count);
        Assert.Equal(chain.Open("s2").Bytes, (await Store(objects).Restore("b2")).Bytes);
        Assert.Equal(whole, (await Store(objects).Restore("b1")).Bytes);
    }

    [Fact]
    public async Task Mode_full_sends_everything_again_and_heals_a_damaged_block()
    {
        var chain = new MemoryChain(16 * MiB);
        chain.Randomize(0, 6 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        var damaged = objects.BlockKeys()[0];
        objects.Set(damaged, new byte[100]);
        chain.Randomize(8 * MiB, 10, seed: 2);
        var result = await Store(objects).BackUp("b2", chain.Snapshot("s2"), request => request with { Mode = BackupMode.Full });

        Assert.Equal((1, 3), (result.Statistics.BlocksNew, result.Statistics.BlocksReplaced));
        Assert.Equal(chain.Open("s1").Bytes, (await Store(objects).Restore("b1")).Bytes);
        var record = objects.Record("b2");
        Assert.Equal("full", record.Parameters!["backup-mode"]);
        Assert.True(record.NewlyUploadedBytes > 0 && record.ReUploadedBytes > record.NewlyUploadedBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_inherited_block_that_the_store_lost_is_sent_again(bool removed)
    {
        var chain = new MemoryChain(16 * MiB);
        chain.Randomize(0, 6 * MiB, seed: 1);
        await Store(objects).BackUp("b1", chain.Snapshot("s1"));
        var lost = objects.BlockKeys()[1];
        if (removed)
            objects.Remove(lost);
        else
            objects.Set(lost, []);
        chain.Randomize(8 * MiB, 10, seed: 2);
        var result = await Store(objects).BackUp("b2", chain.Snapshot("s2"));

        Assert.Contains(result.Notes, note => note.StartsWith("1 blocks that the base names were missing", StringComparison.Ordinal));
        Assert.Equal(2, result.Statistics.BlocksNew);
        Assert.Equal(chain.Open("s1").Bytes, (await Store(objects).Restore("b1")).Bytes);
        Assert.Equal(chain.Open("s2").Bytes, (await Store(objects).Restore("b2")).Bytes);
    }

    [Fact]
    public async Task Equal_blocks_are_stored_once()
    {
        var device = new MemoryDevice(32 * MiB);
        var block = MemoryDevice.RandomBytes(2 * MiB, 5);
        for (var i = 0; i < 16; i++)
            device.Write(i * 2 * MiB, block);
        var result = await Store(objects).BackUp("b1", device);
        Assert.Equal((1, 15), (result.Statistics.BlocksNew, result.Statistics.BlocksKnown));
        Assert.Single(objects.BlockKeys());
        Assert.Equal(16, objects.Record("b1").Blocks.Count);
        Assert.Equal(device.Bytes, (await Store(objects).Restore("b1")).Bytes);
    }

    [Fact]
    public async Task A_volume_record_that_was_lost_is_made_again_from_the_backups()
    {
        var device = new MemoryDevice(4 * MiB);
        device.Randomize(0, MiB, seed: 1);
        await Store(objects).BackUp("b1", device, request => request with { Compression = CompressionMethod.None });
        objects.Remove(new VolumeKeys("vol1").Record);
        var result = await Store(objects).BackUp("b2", device);
        Assert.Equal("none", objects.Volume().CompressionMethod);
        Assert.Contains(result.Notes, note => note.StartsWith("volume.cfg was missing", StringComparison.Ordinal));
        Assert.Equal(device.Bytes, (await Store(objects).Restore("b1")).Bytes);
    }

    [Fact]
    public async Task A_store_that_Longhorn_wrote_is_continued_incrementally()
    {
        foreach (var name in Fixtures.Stores)
        {
            var copy = Fixtures.Copy(name);
            var volume = Fixtures.ReadManifest(name).Volumes[0];
            var store = Store(copy);
            var last = await store.Restore(volume.Name, volume.LastBackupName);
            var chain = new MemoryChain(last.SizeBytes);
            chain.Write(0, last.Bytes);
            chain.Snapshot(volume.Backups[^1].Snapshot);
            chain.Randomize((int)last.SizeBytes - 5000, 4096, seed: 9);
            var blockSize = (await store.InspectBackupAsync(volume.Name, volume.LastBackupName, Token)).BlockSize;

            var request = new BackupRequest { Volume = volume.Name, Backup = "ours-1", BlockSize = blockSize };
            var result = await store.BackUpAsync(request, chain.Snapshot("ours"), null, Token);

            Assert.True(result.IsIncremental);
            Assert.Equal((1, blockSize), (result.Statistics.BlocksNew, result.Statistics.BytesRead));
            Assert.Equal(chain.Open("ours").Bytes, (await store.Restore(volume.Name, "ours-1")).Bytes);
            foreach (var backup in volume.Backups)
                Assert.Equal(backup.Sha256, (await store.Restore(volume.Name, backup.Name)).Sha256);
        }
    }
}
