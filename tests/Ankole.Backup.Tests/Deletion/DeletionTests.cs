using Ankole.Core;
using Microsoft.Extensions.Time.Testing;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

public sealed class DeletionTests
{
    private static readonly VolumeKeys Keys = new("vol1");
    private readonly MemoryObjectStore objects = new();
    private readonly SmallVolume volume = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_others_still_restore_and_only_their_blocks_are_left(int deleted)
    {
        var store = await ThreeBackupsAsync();
        var before = objects.Contents;
        var plan = await store.DeleteBackupAsync("vol1", $"b{deleted}", dryRun: true, null, Token);
        Assert.Equal(before.Keys, objects.Contents.Keys);

        var report = await store.DeleteBackupAsync("vol1", $"b{deleted}", dryRun: false, null, Token);

        var others = Enumerable.Range(1, 3).Where(number => number != deleted).ToArray();
        await volume.AssertRestores(store, others);
        var needed = others.SelectMany(number => objects.Record($"b{number}").Blocks.Checksums.ToArray()).Select(Keys.Blocks.KeyOf);
        Assert.Equal(needed.Distinct().Order(StringComparer.Ordinal), objects.BlockKeys().Order(StringComparer.Ordinal));
        Assert.Equal(objects.BlockKeys().Count, objects.Volume().BlockCount);
        Assert.Equal(deleted == 3 ? "b2" : "b3", objects.Volume().LastBackupName);
        var gone = before.Where(pair => !objects.Contents.ContainsKey(pair.Key)).ToArray();
        Assert.Equal((gone.Length - 1, gone.Sum(pair => pair.Value.Length)), (report.Blocks, report.Bytes));
        Assert.Equal((plan.Blocks, plan.Bytes, plan.LastBackupName), (report.Blocks, report.Bytes, report.LastBackupName));
        Assert.True((await store.VerifyAsync(null, null, deep: true, null, Token)).IsClean);
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task Deleting_all_leaves_a_volume_without_blocks()
    {
        var store = await ThreeBackupsAsync();
        foreach (var number in new[] { 2, 3, 1 })
            await store.DeleteBackupAsync("vol1", $"b{number}", false, null, Token);
        Assert.Equal([Keys.Record], objects.Contents.Keys);
        Assert.Equal(("", "", 0), (objects.Volume().LastBackupName, objects.Volume().LastBackupAt, objects.Volume().BlockCount));
        await volume.BackUp(store, 2);
        await volume.AssertRestores(store, 2);
    }

    [Fact]
    public async Task A_backup_of_a_Longhorn_store_is_deleted_like_Longhorn_does_it()
    {
        const string name = "pvc-0c6a7e52-6d1f-4a3e-9d57-1f2b5a9c7e10";
        var copy = Fixtures.Copy("lz4-full-two-incrementals");
        var manifest = Fixtures.ReadManifest("lz4-full-two-incrementals").Volumes[0].Backups;
        await Store(copy).DeleteBackupAsync(name, manifest[1].Name, false, null, Token);
        Assert.Equal(manifest[0].Sha256, (await Store(copy).Restore(name, manifest[0].Name)).Sha256);
        Assert.Equal(manifest[2].Sha256, (await Store(copy).Restore(name, manifest[2].Name)).Sha256);
        var keys = new VolumeKeys(name);
        var needed = new[] { 0, 2 }.Select(i => keys.Backup(manifest[i].Name)).SelectMany(key => BackupRecord.Parse(copy.Contents[key], key).Blocks.Checksums.ToArray());
        Assert.Equal(needed.Select(keys.Blocks.KeyOf).Distinct().Order(StringComparer.Ordinal), copy.BlockKeys().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        var store = await ThreeBackupsAsync();
        var error = await Assert.ThrowsAsync<AnkoleException>(() => store.DeleteBackupAsync("vol1", "b9", false, null, Token));
        Assert.Equal((ErrorKind.NotFound, "cannot find backup 'b9' of volume 'vol1' in backup target 'memory:'."), (error.Kind, error.Message));
        error = await Assert.ThrowsAsync<AnkoleException>(() => store.DeleteBackupAsync("vol2", "b1", false, null, Token));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        error = await Assert.ThrowsAsync<AnkoleException>(() => store.DeleteVolumeAsync("vol2", false, null, Token));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Empty(objects.Locks());
    }

    [Fact]
    public async Task An_unreadable_record_keeps_every_block()
    {
        var store = await ThreeBackupsAsync();
        objects.Set(Keys.Backup("b2"), "{"u8);
        var blocks = objects.BlockKeys();
        var report = await store.DeleteBackupAsync("vol1", "b3", false, null, Token);
        Assert.Equal(blocks, objects.BlockKeys());
        Assert.Equal(0, report.Blocks);
        Assert.StartsWith("the record of backup 'b2' cannot be read, so nobody knows which blocks it needs", report.BlocksKeptBecause, StringComparison.Ordinal);
        Assert.Equal("b1", objects.Volume().LastBackupName);

        await store.DeleteBackupAsync("vol1", "b2", false, null, Token);
        Assert.Equal(4, objects.BlockKeys().Count);
        await volume.AssertRestores(store, 1);
    }

    [Fact]
    public async Task An_unfinished_backup_keeps_every_block_for_a_day_and_is_then_abandoned()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var timed = new MemoryObjectStore(time);
        var store = Store(timed, time: time);
        await volume.BackUp(store, 1);
        await volume.BackUp(store, 2);
        using (var unfinished = new BackupRecord { Name = "b9", VolumeName = "vol1" }.Write())
            timed.Set(Keys.Backup("b9"), unfinished.Written.Span);
        var blocks = timed.BlockKeys().Count;

        time.Advance(TimeSpan.FromHours(23));
        var report = await store.DeleteBackupAsync("vol1", "b1", false, null, Token);
        Assert.Equal("backup 'b9' is unfinished, so its blocks may not be named yet", report.BlocksKeptBecause);
        Assert.Equal(blocks, timed.BlockKeys().Count);

        time.Advance(TimeSpan.FromHours(2));
        report = await store.DeleteBackupAsync("vol1", "b1", false, null, Token);
        Assert.Null(report.BlocksKeptBecause);
        Assert.Contains("Abandoned unfinished backups went too: b9.", report.Notes);
        Assert.DoesNotContain(Keys.Backup("b9"), timed.Contents.Keys);
        Assert.True(report.Blocks > 0);
        await volume.AssertRestores(store, 2);
    }

    [Fact]
    public async Task An_unfinished_backup_is_deleted_by_name_with_its_orphans()
    {
        var copy = Fixtures.Copy("many-objects");
        var report = await Store(copy).DeleteBackupAsync("alpha", "backup-aaaa000000000003", false, null, Token);
        Assert.Equal(2, report.Blocks);
        var volumes = Fixtures.ReadManifest("many-objects").Volumes[0];
        foreach (var backup in volumes.Backups)
            Assert.Equal(backup.Sha256, (await Store(copy).Restore("alpha", backup.Name)).Sha256);
    }

    [Fact]
    public async Task A_volume_goes_with_everything_and_its_neighbours_stay()
    {
        var store = await ThreeBackupsAsync();
        await store.BackUp("other", volume.Chain.Open("s1"), request => request with { Volume = "vol10", BlockSize = SmallVolume.BlockSize });
        var plan = await store.DeleteVolumeAsync("vol1", dryRun: true, null, Token);
        var report = await store.DeleteVolumeAsync("vol1", dryRun: false, null, Token);
        Assert.Equal(["b1", "b2", "b3"], report.Backups);
        Assert.Equal((plan.Blocks, plan.Bytes), (report.Blocks, report.Bytes));
        Assert.DoesNotContain(objects.Contents.Keys, key => key.StartsWith(Keys.Folder, StringComparison.Ordinal));
        Assert.Equal(["vol10"], (await store.ListVolumesAsync(true, Token)).Select(found => found.Name));
        Assert.Equal(volume.Chain.Open("s1").Bytes, (await store.Restore("vol10", "other")).Bytes);
    }

    [Fact]
    public async Task A_single_file_goes_with_its_record_and_no_other_file_does()
    {
        var store = await ThreeBackupsAsync();
        foreach (var (name, path) in new[] { ("backup-file", Keys.File("backup-file")), ("backup-evil", Keys.Record) })
        {
            using var record = new BackupRecord { Name = name, VolumeName = "vol1", CreatedTime = "2026-01-01T00:00:00Z", SingleFilePath = path }.Write();
            objects.Set(Keys.Backup(name), record.Written.Span);
        }
        objects.Set(Keys.File("backup-file"), "content"u8);
        using var restored = new MemoryStream();
        await store.RestoreFileAsync("vol1", "backup-file", restored, Token);
        Assert.Equal("content"u8.ToArray(), restored.ToArray());
        Assert.Equal(ErrorKind.Damaged, (await Assert.ThrowsAsync<AnkoleException>(() => store.RestoreFileAsync("vol1", "backup-evil", restored, Token))).Kind);
        Assert.Equal(ErrorKind.Refused, (await Assert.ThrowsAsync<AnkoleException>(() => store.Restore("backup-file"))).Kind);

        await store.DeleteBackupAsync("vol1", "backup-file", false, null, Token);
        await store.DeleteBackupAsync("vol1", "backup-evil", false, null, Token);
        Assert.DoesNotContain(Keys.File("backup-file"), objects.Contents.Keys);
        Assert.Contains(Keys.Record, objects.Contents.Keys);
        await volume.AssertRestores(store, 1, 2, 3);
    }

    [Fact]
    public async Task Foreign_files_are_neither_counted_nor_deleted()
    {
        var store = await ThreeBackupsAsync();
        string[] foreign = [Keys.Folder + "README", Keys.Blocks.Folder + "aa/bb/notes.txt", Keys.BackupsFolder + "backup_b1.cfg.bak"];
        foreach (var key in foreign)
            objects.Set(key, "x"u8);
        await store.DeleteBackupAsync("vol1", "b2", false, null, Token);
        Assert.All(foreign, key => Assert.Contains(key, objects.Contents.Keys));
        var report = await store.VerifyAsync(null, null, deep: false, null, Token);
        Assert.True(report.IsClean);
        Assert.Equal(3, report.Notes.Count(note => note.EndsWith("is no object of a backupstore; it is ignored.", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string> Lies() => new()
    {
        { "hide backups/", "does not show 'backupstore/volumes/01/9c/vol1/backups/backup_b1.cfg', which exists" },
        { "hide b3", "does not show 'backupstore/volumes/01/9c/vol1/backups/backup_b3.cfg', which exists" },
        { "hide volume.cfg", "does not show 'backupstore/volumes/01/9c/vol1/volume.cfg', which exists" },
        { "hide locks/", "does not list the lock" },
        { "ghost", "shows 'backupstore/volumes/01/9c/vol1/backups/backup_ghost.cfg', which cannot be found" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_listing_that_contradicts_the_records_stops_a_deletion(string lie, string expected)
    {
        await ThreeBackupsAsync();
        var before = objects.Contents;
        await using var lying = new LyingStore(
            objects,
            key => lie switch
            {
                "hide backups/" => key.StartsWith(Keys.BackupsFolder, StringComparison.Ordinal),
                "hide b3" => key == Keys.Backup("b3"),
                "hide volume.cfg" => key == Keys.Record,
                "hide locks/" => key.StartsWith(Keys.LocksFolder, StringComparison.Ordinal),
                _ => false,
            },
            lie == "ghost" ? [Keys.Backup("ghost")] : []);

        var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => Store(lying).DeleteBackupAsync("vol1", "b1", false, null, Token));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(lie == "hide locks/" ? ErrorKind.Unavailable : ErrorKind.Refused, error.Kind);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), objects.Contents.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_deletion_that_was_done_already_does_not_trust_an_empty_listing_of_the_others()
    {
        // The record is gone as after a crash; the listing hides the other records. Only volume.cfg's last backup tells.
        await ThreeBackupsAsync();
        objects.Remove(Keys.Backup("b1"));
        var before = objects.Contents;
        await using var lying = new LyingStore(objects, key => key.StartsWith(Keys.BackupsFolder, StringComparison.Ordinal));
        var error = await Assert.ThrowsAnyAsync<AnkoleException>(() => Store(lying).DeleteBackupAsync("vol1", "b1", false, null, Token));
        Assert.Contains("does not show 'backupstore/volumes/01/9c/vol1/backups/backup_b3.cfg', which exists", error.Message, StringComparison.Ordinal);
        Assert.Equal(before.Count, objects.Contents.Count);
    }

    [Fact]
    public async Task A_deletion_costs_a_few_requests_and_a_thousand_blocks_one_more()
    {
        var chain = new MemoryChain(2100 * 4096);
        chain.Randomize(0, 2100 * 4096, seed: 5);
        var store = Store(objects);
        await store.BackUp("big", chain.Snapshot("s1"), request => request with { BlockSize = 4096 });
        chain.Randomize(0, 10, seed: 6);
        await store.BackUp("small", chain.Snapshot("s2"), request => request with { BlockSize = 4096, Mode = BackupMode.Full });
        await store.DeleteBackupAsync("vol1", "small", false, null, Token);
        var report = await store.DeleteBackupAsync("vol1", "big", false, null, Token);
        Assert.Equal(2100, report.Blocks);
        // Three batches of blocks and the record; three pages of the volume, its records twice, the locks twice.
        Assert.Equal((4, 7), (report.Statistics.Requests.Delete, report.Statistics.Requests.List));
    }

    private async Task<Backupstore> ThreeBackupsAsync()
    {
        var store = Store(objects);
        for (var number = 1; number <= 3; number++)
        {
            await volume.BackUp(store, number);
            // The order of backups is told by whole seconds.
            var record = objects.Record($"b{number}") with { SnapshotCreatedAt = $"2026-01-01T00:00:0{number}Z" };
            using var text = record.Write();
            objects.Set(Keys.Backup($"b{number}"), text.Written.Span);
        }
        return store;
    }
}
