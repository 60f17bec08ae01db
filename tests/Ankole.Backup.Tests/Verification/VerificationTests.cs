using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

public sealed class VerificationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_store_that_Longhorn_wrote_is_clean(bool deep)
    {
        foreach (var name in Fixtures.Stores)
        {
            await using var objects = Fixtures.Open(name);
            var manifest = Fixtures.ReadManifest(name);
            var report = await Store(objects).VerifyAsync(null, null, deep, null, Token);
            Assert.Empty(report.Damage);
            Assert.Equal(manifest.Volumes.Length, report.Volumes);
            Assert.Equal(manifest.Volumes.Sum(volume => volume.Backups.Length), report.Backups);
            Assert.Equal((manifest.BackingImages?.Length ?? 0, manifest.SystemBackups?.Length ?? 0), (report.BackingImages, report.SystemBackups));
            Assert.Equal(0, report.Statistics.Requests.Put + report.Statistics.Requests.Delete);
            Assert.Equal(deep, report.Statistics.BytesHashed > 0);
        }
    }

    [Fact]
    public async Task Unfinished_backups_and_their_orphans_are_notes()
    {
        await using var objects = Fixtures.Open("many-objects");
        var report = await Store(objects).VerifyAsync("alpha", null, deep: false, null, Token);
        Assert.Equal(
            ["Backup 'backup-aaaa000000000003' of volume 'alpha' is unfinished: in progress, or interrupted.",
             "Volume 'alpha': 2 stored blocks belong to no finished backup; the next deletion collects them."], report.Notes);
    }

    [Fact]
    public async Task Each_damaged_object_is_listed_with_the_backups_that_need_it()
    {
        var copy = Fixtures.Copy("many-objects");
        var beta = new VolumeKeys("beta.2");
        var record = BackupRecord.Parse(copy.Contents[beta.Backup("backup-bbbb000000000002")], "k");
        copy.Remove(beta.Blocks.KeyOf(record.Blocks[0].Checksum));
        copy.Set(new VolumeKeys("alpha").Backup("backup-aaaa000000000002"), "{\"Name\":"u8);
        copy.Set("backupstore/system-backups/v1.12.2/nightly-sys/system-backup.zip", "x"u8);
        var image = copy.Contents.Keys.First(key => key.StartsWith(StoreKeys.BackingImageBlocks, StringComparison.Ordinal));
        copy.Set(image, "rubbish"u8);

        var quick = await Store(copy).VerifyAsync(null, null, deep: false, null, Token);
        var deep = await Store(copy).VerifyAsync(null, null, deep: true, null, Token);

        Assert.Equal(3, quick.Damage.Count);
        Assert.Equal(4, deep.Damage.Count);
        Assert.Equal(
            ["beta.2/backup-bbbb000000000001", "beta.2/backup-bbbb000000000002"],
            deep.Damage.Single(found => found.Key == beta.Blocks.KeyOf(record.Blocks[0].Checksum)).Backups);
        Assert.Contains(deep.Damage, found => found.Key == image && found.Problem.StartsWith("backing image 'parrot': the block at offset", StringComparison.Ordinal));
        Assert.Contains(deep.Damage, found => found.Problem.Contains("its archive has SHA-256", StringComparison.Ordinal));
        Assert.Contains(deep.Damage, found => found.Key.EndsWith("backup_backup-aaaa000000000002.cfg", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_single_backup_can_be_verified()
    {
        await using var objects = Fixtures.Open("none-full-and-incremental");
        var report = await Store(objects).VerifyAsync("vol-none", "backup-bb00000000000001", deep: true, null, Token);
        Assert.Equal((1, 2), (report.Backups, report.Blocks));
        Assert.True(report.IsClean);
    }

    [Fact]
    public async Task A_backing_image_comes_back_to_its_checksum()
    {
        await using var objects = Fixtures.Open("many-objects");
        var expected = Fixtures.ReadManifest("many-objects").BackingImages![0];
        var record = await Store(objects).InspectBackingImageAsync(expected.Name, Token);
        foreach (var isZero in new[] { true, false })
        {
            var device = isZero ? new MemoryDevice(record.SizeBytes) : MemoryDevice.Filled(record.SizeBytes, 0xee);
            await Store(objects).RestoreBackingImageAsync(record, device, isZero, null, Token);
            Assert.Equal((expected.Size, expected.Sha256), (record.SizeBytes, device.Sha256));
        }
    }
}
