using Ankole.Core;
using static Ankole.Backup.Tests.StoreActions;

namespace Ankole.Backup.Tests;

/// <summary>Every store that Longhorn wrote comes back to its manifest's checksums.</summary>
public sealed class FixtureRestoreTests
{
    public static TheoryData<string, string, string, long, string> Backups()
    {
        var data = new TheoryData<string, string, string, long, string>();
        foreach (var store in Fixtures.Stores)
            foreach (var volume in Fixtures.ReadManifest(store).Volumes)
                foreach (var backup in volume.Backups)
                    data.Add(store, volume.Name, backup.Name, volume.Size, backup.Sha256);
        return data;
    }

    [Theory]
    [MemberData(nameof(Backups))]
    public async Task Every_backup_restores_to_its_checksum(string store, string volume, string backup, long size, string sha256)
    {
        var restored = await Store(Fixtures.Copy(store)).Restore(volume, backup);
        Assert.Equal(size, restored.SizeBytes);
        Assert.Equal(sha256, restored.Sha256);
        Assert.Equal(1, restored.Flushes);
    }

    [Theory]
    [MemberData(nameof(Backups))]
    public async Task Every_backup_restores_over_old_data_and_without_a_lock(string store, string volume, string backup, long size, string sha256)
    {
        await using var objects = Fixtures.Open(store);
        var request = new RestoreRequest { Volume = volume, Backup = backup, TakeLock = false };
        await using var restore = await Store(objects).OpenRestoreAsync(request, Token);
        var device = MemoryDevice.Filled(size, 0xee);
        var result = await restore.RunAsync(device, destinationIsZero: false, null, Token);
        Assert.Equal(sha256, device.Sha256);
        Assert.Equal(0, result.Statistics.Requests.Put);
    }

    [Fact]
    public async Task An_unfinished_backup_is_refused()
    {
        var store = Store(Fixtures.Copy("many-objects"));
        var error = await Assert.ThrowsAsync<AnkoleException>(() => store.Restore("alpha", "backup-aaaa000000000003"));
        Assert.Equal(ErrorKind.Refused, error.Kind);
        Assert.Equal(
            "backup 'backup-aaaa000000000003' of volume 'alpha' is not finished: it is still in progress, or its run was interrupted. " +
            "It holds nothing to read; choose another backup.", error.Message);
    }

    [Fact]
    public async Task A_deleted_backup_is_not_found()
    {
        var store = Store(Fixtures.Copy("gzip-middle-backup-deleted"));
        var error = await Assert.ThrowsAsync<AnkoleException>(() => store.Restore("pvc-gzip.data_01", "backup-aa00000000000002"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task An_incremental_restore_writes_only_what_differs()
    {
        const string volume = "pvc-0c6a7e52-6d1f-4a3e-9d57-1f2b5a9c7e10";
        var manifest = Fixtures.ReadManifest("lz4-full-two-incrementals").Volumes[0].Backups;
        var store = Store(Fixtures.Copy("lz4-full-two-incrementals"));
        foreach (var (from, to) in new[] { (0, 1), (1, 2), (0, 2), (2, 0) })
        {
            var device = await store.Restore(volume, manifest[from].Name);
            var request = new RestoreRequest { Volume = volume, Backup = manifest[to].Name, Since = manifest[from].Name };
            await using var restore = await store.OpenRestoreAsync(request, Token);
            var result = await restore.RunAsync(device, destinationIsZero: false, null, Token);
            Assert.Equal(manifest[to].Sha256, device.Sha256);
            Assert.True(result.BlocksWritten < manifest[to].Blocks);
        }
    }

    [Fact]
    public async Task A_listing_shows_what_the_manifests_say()
    {
        foreach (var name in Fixtures.Stores)
        {
            await using var objects = Fixtures.Open(name);
            var manifest = Fixtures.ReadManifest(name);
            var unfinished = manifest.UnfinishedBackups ?? [];
            var listed = await Store(objects).ListVolumesAsync(withBackups: true, Token);
            Assert.Equal(manifest.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal), listed.Select(volume => volume.Name));
            foreach (var volume in manifest.Volumes)
            {
                var expected = volume.Backups.Select(backup => backup.Name).Concat(unfinished.Where(u => u.Volume == volume.Name).Select(u => u.Name));
                Assert.Equal(expected.Order(StringComparer.Ordinal), listed.Single(v => v.Name == volume.Name).Backups);
                Assert.Null(listed.Single(v => v.Name == volume.Name).Problem);
            }
        }
    }

    [Fact]
    public async Task An_inspection_shows_what_the_manifests_say()
    {
        foreach (var name in Fixtures.Stores)
        {
            await using var objects = Fixtures.Open(name);
            foreach (var volume in Fixtures.ReadManifest(name).Volumes)
            {
                var inspected = await Store(objects).InspectVolumeAsync(volume.Name, Token);
                Assert.Equal((volume.Size, volume.LastBackupName), (inspected.Record.SizeBytes, inspected.Record.LastBackupName));
                foreach (var backup in volume.Backups)
                {
                    var found = inspected.Backups.Single(b => b.Name == backup.Name);
                    Assert.Equal((backup.Snapshot, backup.IsIncremental, backup.Blocks), (found.Snapshot, found.IsIncremental, found.Blocks));
                    Assert.Equal(backup.Labels ?? [], found.Labels);
                    Assert.Null(found.Problem);
                }
            }
        }
    }

    [Fact]
    public async Task Backing_images_and_system_backups_are_listed_and_inspected()
    {
        await using var objects = Fixtures.Open("many-objects");
        var store = Store(objects);
        var manifest = Fixtures.ReadManifest("many-objects");
        Assert.Equal(manifest.BackingImages!.Select(image => image.Name), await store.ListBackingImagesAsync(Token));
        Assert.Equal(manifest.BackingImages![0].Size, (await store.InspectBackingImageAsync("parrot", Token)).SizeBytes);
        var system = Assert.Single(await store.ListSystemBackupsAsync(Token));
        Assert.Equal((manifest.SystemBackups![0].Version, manifest.SystemBackups[0].Name), (system.Version, system.Name));
        Assert.Equal(manifest.SystemBackups[0].ZipSha256, (await store.InspectSystemBackupAsync(system.Version, system.Name, Token)).Checksum);
    }
}
