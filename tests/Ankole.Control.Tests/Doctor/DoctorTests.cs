using Ankole.Server;

namespace Ankole.Control.Tests;

public sealed class DoctorTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task A_healthy_host_has_no_findings()
    {
        await using var host = await WithVolumeAndBackupAsync();
        var report = await ExamineAsync(host, host.Store);
        Assert.True(report.IsHealthy, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task Lost_resources_are_made_again_from_directories_and_targets()
    {
        await using var host = await WithVolumeAndBackupAsync();
        var bytes = await host.ReadAllAsync("data");
        await host.StopAsync();
        await host.LoseResourcesAsync();
        await host.RunAsync();
        await host.UseBucketAsync(pollInterval: "0s");

        var before = await ExamineAsync(host, host.Store);
        var lost = Assert.Single(before.Findings, finding => finding.Code == "ResourceLost");
        Assert.True(lost.CanRepair);
        Assert.Null(await host.Store.GetAsync(Kinds.Volume, "data", TestHost.Token));
        var repair = await Control.Doctor.RepairAsync(before, TestHost.Token);
        Assert.Empty(repair.Failed);
        await host.VolumeAsync("data", volume => volume.Status.State == VolumeState.Detached && volume.Status.LastBackup == "backup-1");
        await host.UntilAsync(Kinds.Snapshot, "backup-1", snapshot => snapshot.Status.ReadyToUse);
        await host.UntilAsync(Kinds.Backup, "backup-1", backup => backup.Status.State == BackupState.Completed);
        Assert.Equal(bytes, await host.ReadAllAsync("data"));
        Assert.True((await ExamineAsync(host, host.Store)).IsHealthy);
    }

    [Fact]
    public async Task Backups_that_have_no_resource_are_found_without_the_daemon_and_made_again()
    {
        await using var host = await WithVolumeAndBackupAsync();
        await using var other = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        await other.CreateAsync(new BackupTargetResource { Metadata = new ObjectMeta { Name = "default" }, Spec = new BackupTargetSpec { BackupTargetUrl = "s3://bucket@test/" } }, TestHost.Token);
        var report = await ExamineAsync(host, other);
        Assert.Contains(report.Findings, finding => finding is { Code: "BackupsNotShown", CanRepair: true });
        await Control.Doctor.RepairAsync(report, TestHost.Token);
        Assert.Equal(BackupState.Completed, (await other.GetAsync(Kinds.Backup, "backup-1", TestHost.Token))!.Status.State);
        Assert.NotNull((await other.GetAsync(Kinds.Replica, Path.GetFileName(Directory.GetDirectories(host.ReplicaFolder)[0]), TestHost.Token))!.Status.HealthyAt);
        Assert.True((await ExamineAsync(host, other)).IsHealthy);
    }

    [Fact]
    public async Task What_cannot_be_mended_without_a_person_is_named_with_the_fix_and_left_alone()
    {
        await using var host = await WithVolumeAndBackupAsync();
        await host.StopAsync();
        var directory = Directory.GetDirectories(host.ReplicaFolder).Single();
        Directory.CreateDirectory(Path.Combine(host.ReplicaFolder, "broken-00000000"));
        await File.WriteAllTextAsync(Path.Combine(host.ReplicaFolder, "broken-00000000", "volume.meta"), "garbage", TestHost.Token);
        Directory.Move(directory, directory + ".away");
        host.ObjectStores.Bucket("bucket").Remove(host.ObjectStores.Bucket("bucket").Contents.Keys.Single(key => key.EndsWith("backup_backup-1.cfg", StringComparison.Ordinal)));
        var report = await ExamineAsync(host, host.Store);
        Assert.Contains(report.Findings, finding => finding.Code == "ReplicaDamaged" && finding.Subject.Contains("broken-00000000"));
        Assert.Contains(report.Findings, finding => finding.Code == "ReplicaDirectoryMissing" && finding.Subject.Contains("data"));
        Assert.Contains(report.Findings, finding => finding.Code == "ReplicaOfUnknownVolume");
        Assert.Contains(report.Findings, finding => finding.Code == "BackupNotInTarget");
        Assert.All(report.Findings, finding => Assert.False(finding.CanRepair));
        Assert.Equal("garbage", await File.ReadAllTextAsync(Path.Combine(host.ReplicaFolder, "broken-00000000", "volume.meta"), TestHost.Token));
    }

    private static Task<DoctorReport> ExamineAsync(TestHost host, IResourceStore store) =>
        Control.Doctor.Create(store, host.Options, TimeProvider.System, host.Events, host.ObjectStores).ExamineAsync(TestHost.Token);

    private static async Task<TestHost> WithVolumeAndBackupAsync()
    {
        var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 8, length: 3 * MiB);
        await host.BackUpAsync("data", "backup-1");
        await host.UntilAsync(Kinds.BackupVolume, StoreNames.BackupVolume("default", "data"), volume => volume.Status.LastSyncedAt is not null);
        return host;
    }
}
