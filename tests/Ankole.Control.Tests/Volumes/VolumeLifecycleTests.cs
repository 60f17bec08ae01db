using Ankole.Core;

namespace Ankole.Control.Tests;

public sealed class VolumeLifecycleTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task A_volume_is_made_attached_written_detached_and_keeps_its_bytes()
    {
        await using var host = await TestHost.StartAsync();
        var made = await host.MakeVolumeAsync("data", size: (5 * MiB) + 1);
        Assert.Equal((6L * MiB).ToString(), made.Spec.Size);
        Assert.Equal((6L * MiB).ToString(), made.Status.CurrentSize);

        var attached = await host.AttachAsync("data");
        Assert.Equal("node-1", attached.Status.CurrentNodeID);
        Assert.Equal(VolumeRobustness.Healthy, attached.Status.Robustness);
        Assert.Equal(Condition.False, attached.Status.Conditions.Find(VolumeCondition.BlockDevice)!.Status);
        Assert.True(attached.Status.AttachmentTicketStatuses["me"].Satisfied);
        await host.WriteAsync("data", seed: 1, offset: MiB);

        var bytes = await host.ReadAllAsync("data");
        Assert.Equal(TestHost.Bytes(1, 64 << 10), bytes.AsSpan(MiB, 64 << 10));
        await host.UntilToldAsync("Volume", "data", "Attached");
        await host.UntilToldAsync("Volume", "data", "Detached");
    }

    [Fact]
    public async Task Only_who_may_open_the_socket_file_reaches_the_bytes()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        var attached = await host.AttachAsync("data");
        var socket = Nbd.NbdUri.Parse(attached.Status.Endpoint).Address.Path!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(socket)!));
    }

    [Fact]
    public async Task After_a_restart_what_was_attached_is_attached_again_and_nothing_is_doubled()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 3);
        await host.AttachAsync("data");
        await host.StopAsync();
        await host.RunAsync();
        await using (var client = await ConnectAgainAsync(host, "data"))
        {
            var bytes = new byte[64 << 10];
            await client.ReadAsync(0, bytes, TestHost.Token);
            Assert.Equal(TestHost.Bytes(3, 64 << 10), bytes);
        }
        Assert.Single(Directory.GetDirectories(host.ReplicaFolder));
        Assert.Single((await host.Store.ListAsync(new ResourceQuery(Kinds.Replica), TestHost.Token)).Items);
    }

    /// <summary>Its status says from before that it is attached; somebody answers there once it really is.</summary>
    private static async Task<Nbd.NbdClient> ConnectAgainAsync(TestHost host, string volume)
    {
        Nbd.NbdClient? client = null;
        await host.UntilAsync(async () =>
        {
            var attached = await host.VolumeAsync(volume, found => found.Status is { State: VolumeState.Attached, Endpoint.Length: > 0 });
            try
            {
                client = await TestHost.ConnectAsync(attached);
                return true;
            }
            catch (AnkoleException e) when (e.Kind is ErrorKind.Unavailable or ErrorKind.NotFound)
            {
                return false;
            }
        }, "the volume is served again");
        return client!;
    }

    [Fact]
    public async Task A_volume_grows_while_it_is_attached_and_while_it_is_not()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data", size: 4 * MiB);
        await host.AttachAsync("data");
        await host.ChangeVolumeAsync("data", spec => spec with { Size = "8Mi" });
        var grown = await host.VolumeAsync("data", volume => volume.Status.CurrentSize == (8 * MiB).ToString());
        await using (var client = await TestHost.ConnectAsync(grown))
            Assert.Equal(8 * MiB, client.SizeBytes);
        await host.DetachAsync("data");
        await host.ChangeVolumeAsync("data", spec => spec with { Size = "12Mi" });
        await host.VolumeAsync("data", volume => volume.Status is { ExpansionRequired: false } && volume.Status.CurrentSize == (12 * MiB).ToString());
        await host.UntilAsync(() => Task.FromResult(host.Events.ReasonsOf("Volume", "data").Count(reason => reason == "SucceededExpansion") == 2), "both expansions are told");
    }

    [Fact]
    public async Task A_deleted_volume_takes_its_directory_snapshots_and_replica_with_it()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.SnapshotAsync("data", "s1");
        await host.AttachAsync("data");
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Volume, null, "data"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Volume, "data");
        Assert.Empty(Directory.GetFileSystemEntries(host.ReplicaFolder));
        Assert.Empty((await host.Store.ListAsync(new ResourceQuery(Kinds.Snapshot), TestHost.Token)).Items);
        Assert.Empty((await host.Store.ListAsync(new ResourceQuery(Kinds.Replica), TestHost.Token)).Items);
    }

    [Fact]
    public async Task A_lost_replica_directory_is_a_fault_and_never_replaced_by_an_empty_one()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.StopAsync();
        var directory = Assert.Single(Directory.GetDirectories(host.ReplicaFolder));
        Directory.Move(directory, directory + "-elsewhere");
        await host.RunAsync();
        var faulted = await host.VolumeAsync("data", volume => volume.Status.Robustness == VolumeRobustness.Faulted);
        Assert.Contains("gone", faulted.Status.Conditions.Find(VolumeCondition.Scheduled)!.Message);
        Assert.False(Directory.Exists(directory));
        await host.UntilToldAsync("Volume", "data", "Faulted");

        Directory.Move(directory + "-elsewhere", directory);
        await host.ChangeVolumeAsync("data", spec => spec with { SnapshotMaxCount = 100 });
        await host.VolumeAsync("data", volume => volume.Status.Robustness != VolumeRobustness.Faulted);
    }

    [Fact]
    public async Task More_copies_than_one_host_can_keep_are_a_condition_and_no_error()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data", change: spec => spec with { NumberOfReplicas = 3 });
        var attached = await host.AttachAsync("data");
        Assert.Equal(VolumeRobustness.Degraded, attached.Status.Robustness);
        Assert.Equal("ReplicaSchedulingFailure", attached.Status.Conditions.Find(VolumeCondition.Scheduled)!.Reason);
    }

    [Fact]
    public async Task A_full_disk_keeps_a_new_volume_waiting_with_the_reason()
    {
        await using var host = await TestHost.StartAsync();
        await host.SetAsync(SettingCatalog.StorageOverProvisioningPercentage, "0");
        await host.CreateVolumeAsync("data");
        var waiting = await host.VolumeAsync("data", volume => volume.Status.Conditions.Find(VolumeCondition.Scheduled) is { Status: Condition.False });
        Assert.Contains("storage-over-provisioning-percentage", waiting.Status.Conditions.Find(VolumeCondition.Scheduled)!.Message);
        Assert.Equal(VolumeState.Creating, waiting.Status.State);
        Assert.Empty(Directory.GetFileSystemEntries(host.ReplicaFolder));
    }

    [Fact]
    public async Task Two_hundred_volumes_are_attached_at_once()
    {
        await using var host = await TestHost.StartAsync();
        const int Count = 200;
        for (var i = 0; i < Count; i++)
            await host.CreateVolumeAsync($"vol-{i}", size: 64 * MiB, spec => spec with
            {
                AttachmentTickets = new Dictionary<string, AttachmentTicket> { ["me"] = new() { Type = AttachmentTicketType.Api } },
            });
        for (var i = 0; i < Count; i++)
            await host.VolumeAsync($"vol-{i}", volume => volume.Status.State == VolumeState.Attached);
        var process = System.Diagnostics.Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(5), TestHost.Token);
        process.Refresh();
        var share = (process.TotalProcessorTime - before) / clock.Elapsed;
        TestContext.Current.SendDiagnosticMessage($"{Count} volumes, just attached: {share:P1} of one core, {process.WorkingSet64 >> 20} MiB");
        // Generous, because other tests run in this process at the same time; the figure itself is the benchmark's to say.
        Assert.True(process.Threads.Count < Count, $"{process.Threads.Count} threads for {Count} idle volumes");
    }
}
