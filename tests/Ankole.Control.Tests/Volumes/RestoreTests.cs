using Ankole.Backup;

namespace Ankole.Control.Tests;

public sealed class RestoreTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task A_restore_that_a_stop_interrupts_is_begun_again_and_ends_equal()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        host.ObjectStores.Hang = (request, token) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = url });
        await host.VolumeAsync("copy", volume => volume.Status.RestoringBackup.Length > 0);
        await host.StopAsync();
        host.ObjectStores.Hang = (_, _) => Task.CompletedTask;
        await host.RunAsync();
        await RestoredAsync(host, "copy");
        Assert.Equal(await host.ReadAllAsync("data"), await host.ReadAllAsync("copy"));
        Assert.Equal(2, Directory.GetDirectories(host.ReplicaFolder).Length);
    }

    [Fact]
    public async Task Nobody_attaches_a_volume_that_is_being_restored_and_the_ticket_says_why()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        var gate = new TaskCompletionSource();
        host.ObjectStores.Hang = (request, token) => request.Key.EndsWith(".blk", StringComparison.Ordinal) ? gate.Task.WaitAsync(token) : Task.CompletedTask;
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with
        {
            FromBackup = url, AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["me"] = new() { Type = AttachmentTicketType.Api } },
        });
        var waiting = await host.VolumeAsync("copy", volume => volume.Status.AttachmentTicketStatuses.Count > 0 && volume.Status.RestoreRequired);
        Assert.Equal("Restoring", waiting.Status.AttachmentTicketStatuses["me"].Reason);
        gate.SetResult();
        await host.VolumeAsync("copy", volume => volume.Status.State == VolumeState.Attached);
    }

    [Fact]
    public async Task A_damaged_backup_faults_the_volume_with_the_reason()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        host.ObjectStores.Plan = request => request.Kind == StoreRequestKind.Get && request.Key.EndsWith(".blk", StringComparison.Ordinal) ? StoreFault.FlippedBit : StoreFault.None;
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = url });
        var faulted = await host.VolumeAsync("copy", volume => volume.Status.Robustness == VolumeRobustness.Faulted);
        Assert.Equal("RestoreFailure", faulted.Status.Conditions.Find(VolumeCondition.Restore)!.Reason);
        await host.UntilToldAsync("Volume", "copy", "FailedRestore");
        await host.Users.DeleteAsync(ResourceKey.Of(faulted), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Volume, "copy");
    }

    [Fact]
    public async Task A_restored_volume_may_be_larger_than_its_backup()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        await host.CreateVolumeAsync("copy", size: 32 * MiB, spec => spec with { FromBackup = url });
        var copy = await RestoredAsync(host, "copy");
        Assert.Equal((32 * MiB).ToString(), copy.Status.CurrentSize);
        var (source, restored) = (await host.ReadAllAsync("data"), await host.ReadAllAsync("copy"));
        Assert.Equal(source, restored.AsSpan(0, source.Length));
        Assert.False(restored.AsSpan(source.Length).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_standby_volume_follows_by_differences_and_becomes_an_ordinary_one()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        await host.CreateVolumeAsync("standby", size: 0, spec => spec with { FromBackup = url, Standby = true });
        await host.VolumeAsync("standby", volume => volume.Status is { IsStandby: true, LastRestoredBackup: "backup-1" });

        await host.WriteAsync("data", seed: 9, offset: 4 * MiB);
        var gets = host.ObjectStores.Bucket("bucket").Requests.Snapshot().Get;
        var blocks = 0;
        host.ObjectStores.Plan = request =>
        {
            if (request.Kind == StoreRequestKind.Get && request.Key.EndsWith(".blk", StringComparison.Ordinal))
                Interlocked.Increment(ref blocks);
            return StoreFault.None;
        };
        await host.BackUpAsync("data", "backup-2");
        await host.VolumeAsync("standby", volume => volume.Status.LastRestoredBackup == "backup-2");
        Assert.Equal(1, blocks);
        await AssertRefusedAsync(host, "standby");

        await host.ChangeVolumeAsync("standby", spec => spec with { Standby = false });
        var active = await host.VolumeAsync("standby", volume => volume.Status is { IsStandby: false, RestoreRequired: false, State: VolumeState.Detached });
        Assert.Equal("nbd", active.Spec.Frontend);
        await host.UntilToldAsync("Volume", "standby", "Activated");
        Assert.Equal(await host.ReadAllAsync("data"), await host.ReadAllAsync("standby"));
        var again = await Assert.ThrowsAsync<InvalidResourceException>(() => host.ChangeVolumeAsync("standby", spec => spec with { Standby = true, Frontend = "" }));
        Assert.Contains("active already", again.Message);
    }

    [Fact]
    public async Task Activation_restores_what_was_backed_up_last_even_when_nobody_looked_since()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        await host.CreateVolumeAsync("standby", size: 0, spec => spec with { FromBackup = url, Standby = true });
        await host.VolumeAsync("standby", volume => volume.Status.LastRestoredBackup == "backup-1");
        // Another system backs the same volume up.
        var other = new Backupstore(host.ObjectStores.Bucket("bucket"), host.Options.Backupstore);
        var device = new Testing.MemoryBlockDevice(16 * MiB);
        await device.WriteAsync(0, TestHost.Bytes(77, 16 * MiB), TestHost.Token);
        await other.BackUpAsync(new BackupRequest { Volume = "data", Backup = "backup-other" }, device, null, TestHost.Token);
        await host.ChangeVolumeAsync("standby", spec => spec with { Standby = false });
        await host.VolumeAsync("standby", volume => volume.Status is { IsStandby: false, RestoreRequired: false, LastRestoredBackup: "backup-other" });
        Assert.Equal(TestHost.Bytes(77, 16 * MiB), await host.ReadAllAsync("standby"));
    }

    [Fact]
    public async Task A_step_of_a_standby_volume_that_was_interrupted_never_leaves_a_mixture()
    {
        await using var host = await TestHost.StartAsync();
        var url = await WithBackupAsync(host);
        await host.CreateVolumeAsync("standby", size: 0, spec => spec with { FromBackup = url, Standby = true });
        await host.VolumeAsync("standby", volume => volume.Status.LastRestoredBackup == "backup-1");
        await host.WriteAsync("data", seed: 21, length: 6 * MiB);
        // The second step writes one block and is interrupted.
        var fetched = 0;
        host.ObjectStores.Hang = (request, token) => request is { Kind: StoreRequestKind.Get } && request.Key.EndsWith(".blk", StringComparison.Ordinal) && Interlocked.Increment(ref fetched) > 1
            ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        await host.BackUpAsync("data", "backup-2");
        await host.VolumeAsync("standby", volume => volume.Status.RestoringBackup == "backup-2");
        await host.UntilAsync(() => Task.FromResult(Volatile.Read(ref fetched) > 1), "the step is under way");
        await host.StopAsync();
        // Meanwhile the volume goes back to what it was: a block that the interrupted step wrote differs from neither backup around it.
        var other = new Backupstore(host.ObjectStores.Bucket("bucket"), host.Options.Backupstore);
        await using (var first = await other.OpenImageAsync(new RestoreRequest { Volume = "data", Backup = "backup-1" }, TestHost.Token))
            await other.BackUpAsync(new BackupRequest { Volume = "data", Backup = "backup-3" }, first, null, TestHost.Token);
        host.ObjectStores.Hang = (_, _) => Task.CompletedTask;
        await host.RunAsync();
        await host.ChangeVolumeAsync("standby", spec => spec with { Standby = false });
        await host.VolumeAsync("standby", volume => volume.Status is { IsStandby: false, RestoreRequired: false, LastRestoredBackup: "backup-3" });
        await host.CreateVolumeAsync("copy", size: 0, spec => spec with { FromBackup = url });
        await RestoredAsync(host, "copy");
        Assert.Equal(await host.ReadAllAsync("copy"), await host.ReadAllAsync("standby"));
    }

    private static async Task AssertRefusedAsync(TestHost host, string standby)
    {
        foreach (var refused in new Func<Task>[]
        {
            () => host.SnapshotAsync(standby, "s1"),
            () => host.CreateBackupAsync(standby, "b1"),
            () => host.AttachAsync(standby),
            () => host.ChangeVolumeAsync(standby, spec => spec with { Frontend = "nbd" }),
            () => host.Users.ChangeAsync<BackupTargetResource>(
                new ResourceKey(Kinds.BackupTarget, null, "default"), status: false, target => target with { Spec = target.Spec with { BackupTargetUrl = "" } }, TestHost.Token).AsTask(),
        })
            Assert.Contains("standby", (await Assert.ThrowsAsync<InvalidResourceException>(refused)).Message);
    }

    private static async Task<string> WithBackupAsync(TestHost host)
    {
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 4, offset: MiB, length: 5 * MiB);
        return (await host.BackUpAsync("data", "backup-1")).Status.Url;
    }

    private static Task<VolumeResource> RestoredAsync(TestHost host, string name) => host.VolumeAsync(
        name, volume => volume.Status is { RestoreRequired: false, State: VolumeState.Detached } && volume.Status.LastRestoredBackup.Length > 0);
}
