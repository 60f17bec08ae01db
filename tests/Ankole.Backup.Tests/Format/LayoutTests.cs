using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class LayoutTests
{
    [Fact]
    public void A_volume_lies_below_two_layers_of_its_name()
    {
        var keys = new VolumeKeys("vol1");
        Assert.Equal("backupstore/volumes/01/9c/vol1/volume.cfg", keys.Record);
        Assert.Equal("backupstore/volumes/01/9c/vol1/backups/backup_backup-1a2b.cfg", keys.Backup("backup-1a2b"));
        Assert.Equal("backupstore/volumes/22/fc/BACKINGIMAGE/locks/lock-1.lck", new VolumeKeys("BACKINGIMAGE").Lock("lock-1"));
        var zero = BlockChecksum.Of(new byte[2 << 20]);
        Assert.Equal($"backupstore/volumes/01/9c/vol1/blocks/73/18/{zero}.blk", keys.Blocks.KeyOf(zero));
    }

    [Theory]
    [InlineData("73/18/731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0.blk", true)]
    [InlineData("73/19/731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0.blk", false)]
    [InlineData("73/18/731859029215873FDAC1C9F2F8BD25A334ABF0F3A9E1B057CF2CACC2826D86B0.blk", false)]
    [InlineData("73/18/731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0.tmp", false)]
    [InlineData("73/18/731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86.blk", false)]
    [InlineData("731859029215873fdac1c9f2f8bd25a334abf0f3a9e1b057cf2cacc2826d86b0.blk", false)]
    public void Only_a_block_in_its_own_place_is_a_block(string tail, bool expected)
    {
        var pool = new BlockPool("x/blocks/");
        Assert.Equal(expected, pool.TryParse("x/blocks/" + tail, out var checksum));
        if (expected)
            Assert.Equal("x/blocks/" + tail, pool.KeyOf(checksum));
        Assert.False(pool.TryParse("y/blocks/" + tail, out _));
    }

    [Theory]
    [InlineData("f/backup_b1.cfg", "b1")]
    [InlineData("f/backup_backup-1.cfg", "backup-1")]
    [InlineData("f/backup_.cfg", null)]
    [InlineData("f/backup_x.cfg", null)]
    [InlineData("f/backup_b1.cfg.tmp.17", null)]
    [InlineData("f/volume.cfg", null)]
    [InlineData("f/backup_../../x.cfg", null)]
    public void Only_a_backup_record_has_a_backup_name(string key, string? name) => Assert.Equal(name, StoreKeys.BackupNameOf(key, "f/"));
}
