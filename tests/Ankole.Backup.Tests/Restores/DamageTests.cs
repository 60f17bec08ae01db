using System.IO.Compression;
using System.Text;
using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>Every kind of damage has its own message that names backup, offset and key, and a restore never reports success.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly MemoryObjectStore objects = new();
    private readonly MemoryDevice device = new(8 * MiB);
    private BlockEntry entry;
    private string key = "";

    public async ValueTask InitializeAsync()
    {
        device.Randomize(2 * MiB, 100_000, seed: 1);
        device.Randomize(4 * MiB, 2 * MiB, seed: 2);
        await Store(objects).BackUp("b1", device);
        entry = objects.Record("b1").Blocks[0];
        key = new VolumeKeys("vol1").Blocks.KeyOf(entry.Checksum);
    }

    public ValueTask DisposeAsync() => objects.DisposeAsync();

    [Fact]
    public async Task A_missing_block()
    {
        objects.Remove(key);
        Assert.Equal($"{Where} is missing from the store.", (await DamageAsync()).Message);
    }

    [Fact]
    public async Task An_empty_block()
    {
        objects.Set(key, []);
        Assert.Equal($"{Where} is an empty file.", (await DamageAsync()).Message);
    }

    [Fact]
    public async Task A_truncated_block()
    {
        var stored = objects.Contents[key];
        objects.Set(key, stored.AsSpan(0, stored.Length - 100));
        Assert.StartsWith($"{Where} is truncated: it ends at byte {stored.Length - 100}, inside a block", (await DamageAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit()
    {
        var stored = objects.Contents[key];
        stored[5000] ^= 1;
        objects.Set(key, stored);
        Assert.StartsWith(Where, (await DamageAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_block_that_holds_something_else()
    {
        var other = MemoryDevice.RandomBytes(2 * MiB, 99);
        objects.Set(key, Packed(other));
        Assert.Equal($"{Where} does not match its checksum: its 2097152 bytes have {BlockChecksum.Of(other)}.", (await DamageAsync()).Message);
    }

    [Fact]
    public async Task A_block_of_the_wrong_size()
    {
        objects.Set(key, Packed(MemoryDevice.RandomBytes(MiB, 99)));
        Assert.Equal($"{Where} holds 1048576 bytes instead of 2097152.", (await DamageAsync()).Message);
        objects.Set(key, Packed(MemoryDevice.RandomBytes(2 * MiB + 1, 99)));
        Assert.Contains("more than", (await DamageAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage()
    {
        objects.Set(key, Encoding.ASCII.GetBytes("<html>504 Gateway Timeout</html>"));
        Assert.Equal($"{Where} is no LZ4 frame: the magic number at byte 0 is 0x6d74683c.", (await DamageAsync()).Message);
    }

    [Fact]
    public async Task A_block_longer_than_any_packed_block_is_not_even_read()
    {
        objects.Set(key, new byte[5 * MiB]);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => Store(objects).Restore("b1"));
        Assert.Equal((ErrorKind.Damaged, $"'{key}' has 5242880 bytes; at most 4259840 are expected there."), (error.Kind, error.Message));
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Gzip)]
    public async Task A_block_stored_by_another_method_is_read_all_the_same(CompressionMethod method)
    {
        var block = device.Bytes.AsSpan((int)entry.Offset, 2 * MiB).ToArray();
        objects.Set(key, BlockCodec.Pack(method, block, new byte[BlockCodec.MaxPackedLength(2 * MiB)]).Span);
        Assert.Equal(device.Bytes, (await Store(objects).Restore("b1")).Bytes);
    }

    [Fact]
    public async Task Several_gzip_members_are_one_block()
    {
        var block = device.Bytes.AsSpan((int)entry.Offset, 2 * MiB).ToArray();
        using var members = new MemoryStream();
        foreach (var part in block.Chunk(700_000))
            using (var gzip = new GZipStream(members, CompressionLevel.SmallestSize, leaveOpen: true))
                gzip.Write(part);
        objects.Set(key, members.ToArray());
        Assert.Equal(device.Bytes, (await Store(objects).Restore("b1")).Bytes);
    }

    [Fact]
    public async Task An_unknown_compression_names_the_backup_and_the_method()
    {
        SetRecord(objects.Record("b1") with { CompressionMethod = "zstd" });
        var error = await Assert.ThrowsAsync<AnkoleException>(() => Store(objects).Restore("b1"));
        Assert.Equal(
            (ErrorKind.Damaged, "backup 'b1' of volume 'vol1' says that its blocks are compressed by 'zstd', which is unknown here. Known are lz4, gzip and none."),
            (error.Kind, error.Message));
    }

    [Fact]
    public async Task A_wrong_block_size()
    {
        SetRecord(objects.Record("b1") with { Parameters = new Dictionary<string, string> { ["backup-block-size"] = "1Mi" } });
        var error = await Assert.ThrowsAsync<BlockDamagedException>(() => Store(objects).Restore("b1"));
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
        SetRecord(objects.Record("b1") with { Parameters = new Dictionary<string, string> { ["backup-block-size"] = "4194304" } });
        var record = await Assert.ThrowsAsync<RecordDamagedException>(() => Store(objects).Restore("b1"));
        Assert.Contains("offset 2097152 is not a multiple of the block size 4194304", record.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_record()
    {
        var record = new VolumeKeys("vol1").Backup("b1");
        objects.Set(record, objects.Contents[record].AsSpan(0, 300));
        var error = await Assert.ThrowsAsync<RecordDamagedException>(() => Store(objects).Restore("b1"));
        Assert.Equal($"backup record '{record}' is damaged at byte 300: it ends too early, so it was truncated.", error.Message);
        Assert.Equal(ErrorKind.Damaged, error.Kind);
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task A_destination_that_is_too_small_is_refused_before_anything_is_written()
    {
        await using var restore = await Store(objects).OpenRestoreAsync(new RestoreRequest { Volume = "vol1", Backup = "b1" }, Token);
        var small = new MemoryDevice(4 * MiB);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => restore.RunAsync(small, true, null, Token));
        Assert.Equal("the destination has 4194304 bytes, backup 'b1' of volume 'vol1' needs 8388608. Give a larger one.", error.Message);
        Assert.False(small.WasWritten(new ByteRange(0, small.SizeBytes)));
    }

    [Fact]
    public async Task A_lazy_image_serves_everything_but_the_damaged_block()
    {
        objects.Remove(key);
        await using var image = await Store(objects).OpenImageAsync(new RestoreRequest { Volume = "vol1", Backup = "b1" }, Token);
        var buffer = new byte[1000];
        await Assert.ThrowsAsync<BlockDamagedException>(async () => await image.ReadAsync(entry.Offset + 5, buffer, Token));
        await image.ReadAsync(4 * MiB, buffer, Token);
        Assert.Equal(device.Bytes.AsSpan(4 * MiB, 1000).ToArray(), buffer);
        objects.Set(key, Packed(device.Bytes.AsSpan((int)entry.Offset, 2 * MiB).ToArray()));
        await image.ReadAsync(entry.Offset + 5, buffer, Token);
        Assert.Equal(device.Bytes.AsSpan((int)entry.Offset + 5, 1000).ToArray(), buffer);
    }

    private string Where => $"backup 'b1' of volume 'vol1': the block at offset {entry.Offset} ('{key}')";

    private async Task<BlockDamagedException> DamageAsync()
    {
        var error = await Assert.ThrowsAsync<BlockDamagedException>(() => Store(objects).Restore("b1"));
        Assert.Equal((ErrorKind.Damaged, entry.Offset, key), (error.Kind, error.Offset, error.Key));
        var report = await Store(objects).VerifyAsync("vol1", null, deep: true, null, Token);
        var found = Assert.Single(report.Damage);
        Assert.Equal((key, "vol1/b1"), (found.Key, Assert.Single(found.Backups)));
        Assert.Empty(objects.Locks());
        return error;
    }

    private void SetRecord(BackupRecord record)
    {
        using var text = record.Write();
        objects.Set(new VolumeKeys("vol1").Backup("b1"), text.Written.Span);
    }

    private static byte[] Packed(byte[] block)
    {
        var frame = new byte[Lz4Frame.MaxEncodedLength(block.Length)];
        return frame[..Lz4Frame.Encode(block, frame)];
    }
}
