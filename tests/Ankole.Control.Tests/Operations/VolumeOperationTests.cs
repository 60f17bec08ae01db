using Ankole.Backup;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Control.Tests;

public sealed class VolumeOperationTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task A_revert_makes_the_volume_what_it_was()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.SnapshotAsync("data", "before");
        await host.WriteAsync("data", seed: 2);
        var done = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "revert", SnapshotName = "before" });
        Assert.Equal(OperationPhase.Succeeded, done.Status.Phase);
        var bytes = await host.ReadAllAsync("data");
        Assert.Equal(TestHost.Bytes(1, 64 << 10), bytes.AsSpan(0, 64 << 10));
    }

    [Fact]
    public async Task A_revert_under_clients_is_refused_and_says_what_to_do()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.SnapshotAsync("data", "before");
        await host.AttachAsync("data");
        var failed = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "revert", SnapshotName = "before" });
        Assert.Equal(OperationPhase.Failed, failed.Status.Phase);
        Assert.Contains("Detach it", failed.Status.Message);
    }

    [Fact]
    public async Task A_trim_turns_stored_zeros_into_holes_and_leaves_the_bytes()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        var attached = await host.AttachAsync("data");
        await using (var client = await TestHost.ConnectAsync(attached))
        {
            await client.WriteAsync(0, TestHost.Bytes(1, MiB), TestHost.Token);
            await client.WriteAsync(MiB, new byte[8 * MiB], TestHost.Token);
        }
        await host.DetachAsync("data");
        var before = await host.ReadAllAsync("data");
        var done = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "trim" });
        Assert.Equal("8 MiB of zeros are holes now.", done.Status.Message);
        Assert.Equal(before, await host.ReadAllAsync("data"));
        await host.VolumeAsync("data", volume => volume.Status.ActualSize < 2 * MiB);
    }

    [Fact]
    public async Task A_trim_of_an_attached_volume_frees_zeros_under_its_clients_and_says_what_is_left_to_fstrim()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        var attached = await host.AttachAsync("data");
        await using var client = await TestHost.ConnectAsync(attached);
        await client.WriteAsync(0, TestHost.Bytes(1, MiB), TestHost.Token);
        await client.WriteAsync(MiB, new byte[8 * MiB], TestHost.Token);
        var done = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "trim" });
        Assert.StartsWith("8 MiB of zeros are holes now.", done.Status.Message);
        Assert.Contains("fstrim where it is mounted", done.Status.Message);
        var bytes = new byte[2 * MiB];
        await client.ReadAsync(0, bytes, TestHost.Token);
        Assert.Equal(TestHost.Bytes(1, MiB), bytes.AsSpan(0, MiB));
        await host.VolumeAsync("data", volume => volume.Status.ActualSize < 2 * MiB);
    }

    [Fact]
    public async Task A_trim_does_not_store_zeros_that_a_snapshot_holds()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        var attached = await host.AttachAsync("data");
        await using (var client = await TestHost.ConnectAsync(attached))
            await client.WriteAsync(0, new byte[MiB], TestHost.Token);
        await host.DetachAsync("data");
        await host.SnapshotAsync("data", "before");
        var done = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "trim" });
        Assert.StartsWith("0 B of zeros", done.Status.Message);
    }

    [Fact]
    public async Task An_expansion_purge_and_verification_end_with_what_they_did()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        Assert.Equal("the volume has 32 MiB.", (await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "expand", Size = "32Mi" })).Status.Message);
        Assert.Equal(OperationPhase.Succeeded, (await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "purge" })).Status.Phase);
        Assert.StartsWith("64 KiB could be read", (await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "verify" })).Status.Message);
    }

    [Fact]
    public async Task A_verification_names_every_damaged_block()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1, length: 2 * MiB);
        await host.BackUpAsync("data", "backup-1");
        var clean = await RunAsync(host, new VolumeOperationSpec { Operation = "verify", BackupName = "backup-1" });
        Assert.Equal(OperationPhase.Succeeded, clean.Status.Phase);
        var bucket = host.ObjectStores.Bucket("bucket");
        var block = bucket.Contents.First(pair => pair.Key.EndsWith(".blk", StringComparison.Ordinal));
        block.Value[^20] ^= 1;
        bucket.Set(block.Key, block.Value);
        var damaged = await RunAsync(host, new VolumeOperationSpec { Operation = "verify", BackupTargetName = "default" });
        Assert.Equal(OperationPhase.Failed, damaged.Status.Phase);
        Assert.Contains(damaged.Status.Damage, line => line.Contains(block.Key));
    }

    [Fact]
    public async Task A_running_operation_is_cancelled_on_request()
    {
        await using var host = await TestHost.StartAsync();
        await host.UseBucketAsync();
        host.ObjectStores.Hang = (_, token) => Task.Delay(Timeout.Infinite, token);
        var operation = await CreateAsync(host, new VolumeOperationSpec { Operation = "verify", BackupTargetName = "default" });
        await host.UntilAsync(Kinds.VolumeOperation, operation.Name, found => found.Status.Phase == OperationPhase.Running);
        await host.Users.ChangeAsync<VolumeOperationResource>(ResourceKey.Of(operation), status: false, found => found with { Spec = found.Spec with { Cancel = true } }, TestHost.Token);
        await host.UntilAsync(Kinds.VolumeOperation, operation.Name, found => found.Status.Phase == OperationPhase.Cancelled);
    }

    [Fact]
    public async Task A_finished_operation_is_removed_after_its_time()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        await using var host = await TestHost.StartAsync(time);
        await host.MakeVolumeAsync("data");
        var done = await RunAsync(host, new VolumeOperationSpec { VolumeName = "data", Operation = "purge", TtlSecondsAfterFinished = 30 });
        await host.UntilGoneAsync(Kinds.VolumeOperation, done.Name);
        Assert.True(time.GetUtcNow() >= done.Status.FinishedAt + TimeSpan.FromSeconds(30));
    }

    private static async Task<VolumeOperationResource> RunAsync(TestHost host, VolumeOperationSpec spec)
    {
        var operation = await CreateAsync(host, spec);
        return await host.UntilAsync(Kinds.VolumeOperation, operation.Name, found => OperationPhase.IsFinal(found.Status.Phase));
    }

    private static async Task<VolumeOperationResource> CreateAsync(TestHost host, VolumeOperationSpec spec) => await host.Users.CreateAsync(
        new VolumeOperationResource { Metadata = new ObjectMeta { GenerateName = spec.Operation + "-" }, Spec = spec }, TestHost.Token);
}
