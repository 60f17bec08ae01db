using Ankole.Files;
using Ankole.Volumes;

namespace Ankole.Control.Tests;

public sealed class SnapshotTests
{
    private const int MiB = TestHost.MiB;

    [Fact]
    public async Task Snapshots_show_their_place_in_the_chain()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.SnapshotAsync("data", "first");
        await host.WriteAsync("data", seed: 2, offset: MiB);
        await host.SnapshotAsync("data", "second");
        var first = await host.UntilAsync(Kinds.Snapshot, "first", snapshot => snapshot.Status.Children.Contains("second"));
        var second = await host.UntilAsync(Kinds.Snapshot, "second", snapshot => snapshot.Status.Children.Contains("volume-head"));
        Assert.Equal("", first.Status.Parent);
        Assert.Equal("first", second.Status.Parent);
        Assert.True(first.Status.UserCreated);
        Assert.InRange(first.Status.Size, 64 << 10, 1 << 20);
        Assert.Equal(16 * MiB, first.Status.RestoreSize);
        Assert.NotNull(first.Status.CreationTime);
    }

    /// <summary>Killed between linking the head's file under the snapshot's name and switching to a new head: opening the replica takes the link away.</summary>
    [Fact]
    public async Task A_snapshot_that_was_being_made_when_the_process_was_killed_is_made_afterwards()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.DetachAsync("data");
        await host.StopAsync();
        var directory = Assert.Single(Directory.GetDirectories(host.ReplicaFolder));
        FileNames.Link(Path.Combine(directory, "volume-head-000.img"), Path.Combine(directory, "volume-snap-half.img"));
        File.WriteAllText(
            Path.Combine(directory, "volume-snap-half.img.meta"),
            """{"Name":"volume-head-000.img","Parent":"","Removed":false,"UserCreated":true,"Created":"2026-11-26T17:47:55Z","Labels":null}""" + "\n");
        await host.Users.CreateAsync(new SnapshotResource { Metadata = new ObjectMeta { Name = "half" }, Spec = new SnapshotSpec { Volume = "data" } }, TestHost.Token);
        await host.RunAsync();
        await host.UntilAsync(Kinds.Snapshot, "half", snapshot => snapshot.Status.ReadyToUse);
        await host.UntilToldAsync("Snapshot", "half", "Create");
        await host.AttachAsync("data");
        await host.WriteAsync("data", seed: 2);
        var reader = ReplicaReader.Open(directory, new ReplicaOptions());
        Assert.Contains(reader.Inspect().Disks, disk => disk.Snapshot == "half");
        await using var view = reader.OpenSnapshot("half");
        var bytes = new byte[64 << 10];
        await view.ReadAsync(0, bytes, TestHost.Token);
        Assert.Equal(TestHost.Bytes(1, 64 << 10), bytes);
    }

    [Fact]
    public async Task A_deleted_snapshot_leaves_at_once_and_its_space_is_freed()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data");
        foreach (var (seed, name) in new[] { (1, "a"), (2, "b"), (3, "c") })
        {
            await host.WriteAsync("data", seed, length: 4 * MiB);
            await host.SnapshotAsync("data", name + name);
        }
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Snapshot, null, "aa"), null, TestHost.Token);
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Snapshot, null, "bb"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Snapshot, "aa");
        await host.UntilGoneAsync(Kinds.Snapshot, "bb");
        await host.VolumeAsync("data", volume => volume.Status.ActualSize < 6 * MiB);
        var directory = Assert.Single(Directory.GetDirectories(host.ReplicaFolder));
        await host.UntilAsync(() => Task.FromResult(Directory.GetFiles(directory, "volume-snap-*.img").Length == 1), "only snapshot cc has a file");
        var last = await host.UntilAsync(Kinds.Snapshot, "cc", snapshot => snapshot.Status.Parent.Length == 0);
        Assert.True(last.Status.ReadyToUse);
        var bytes = await host.ReadAllAsync("data");
        Assert.Equal(TestHost.Bytes(3, 4 * MiB), bytes.AsSpan(0, 4 * MiB));
    }

    [Fact]
    public async Task The_emergency_stop_keeps_removed_snapshots_on_disk()
    {
        await using var host = await TestHost.StartAsync();
        await host.SetAsync(SettingCatalog.DisableSnapshotPurge, "true");
        await host.MakeVolumeAsync("data");
        await host.WriteAsync("data", seed: 1);
        await host.SnapshotAsync("data", "first");
        await host.SnapshotAsync("data", "second");
        await host.Users.DeleteAsync(new ResourceKey(Kinds.Snapshot, null, "first"), null, TestHost.Token);
        await host.UntilGoneAsync(Kinds.Snapshot, "first");
        // Every later look at the volume could purge it; one certainly happened when the volume says what it was told after.
        await host.ChangeVolumeAsync("data", spec => spec with { SnapshotMaxCount = 99 });
        await host.VolumeAsync("data", volume => volume.Status.ObservedGeneration == volume.Metadata.Generation);
        var directory = Assert.Single(Directory.GetDirectories(host.ReplicaFolder));
        Assert.Equal(2, Directory.GetFiles(directory, "volume-snap-*.img").Length);
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_taken_says_why_and_ends()
    {
        await using var host = await TestHost.StartAsync();
        await host.MakeVolumeAsync("data", change: spec => spec with { SnapshotMaxCount = 2 });
        await host.SnapshotAsync("data", "s1");
        await host.SnapshotAsync("data", "s2");
        await host.Users.CreateAsync(new SnapshotResource { Metadata = new ObjectMeta { Name = "s3" }, Spec = new SnapshotSpec { Volume = "data" } }, TestHost.Token);
        var failed = await host.UntilAsync(Kinds.Snapshot, "s3", snapshot => snapshot.Status.Error.Length > 0);
        Assert.Contains("2 snapshots", failed.Status.Error);
        await host.UntilToldAsync("Snapshot", "s3", "Failed");
    }

    [Fact]
    public async Task What_is_found_in_a_chain_is_mirrored_even_when_two_volumes_have_the_same_name_for_it()
    {
        await using var host = await TestHost.StartAsync();
        foreach (var volume in new[] { "one", "two" })
        {
            await host.MakeVolumeAsync(volume, size: 4 * MiB);
            await host.ChangeVolumeAsync(volume, spec => spec with { Size = "8Mi" });
            await host.VolumeAsync(volume, grown => grown.Status.CurrentSize == (8 * MiB).ToString());
        }
        await host.UntilAsync(async () => (await host.Store.ListAsync(new ResourceQuery(Kinds.Snapshot), TestHost.Token)).Items.Count == 2, "both expansions are mirrored");
        var mirrored = (await host.Store.ListAsync(new ResourceQuery(Kinds.Snapshot), TestHost.Token)).Items.Cast<SnapshotResource>().ToList();
        Assert.All(mirrored, snapshot => Assert.False(snapshot.Spec.CreateSnapshot));
        Assert.Equal(["one", "two"], mirrored.Select(snapshot => snapshot.Spec.Volume).Order());
    }
}
