namespace Ankole.EndToEnd.RealClients;

/// <summary>nbdinfo against <c>ankole replica serve</c>.</summary>
public sealed class NbdInfoTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public async Task The_export_offers_everything_that_clients_build_on()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");

        var export = (await Peer.JsonAsync("nbdinfo", "--json", volume.Uri)).GetProperty("exports")[0];

        Assert.Equal(64 * MiB, export.GetProperty("export-size").GetInt64());
        foreach (var ability in new[] { "can_cache", "can_df", "can_flush", "can_fua", "can_multi_conn", "can_trim", "can_zero" })
            Assert.True(export.GetProperty(ability).GetBoolean(), ability);
        Assert.False(export.GetProperty("is_read_only").GetBoolean());
    }

    [Fact]
    public async Task The_map_tells_data_from_holes_to_the_block()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 1 4k 4k", "write -P 2 16M 1M", "discard 16512k 4k", "flush");

        Assert.Equal(
        [
            new(0, 4096, NbdMap.HoleAndZero), new(4096, 4096, NbdMap.Data), new(8192, (16 * MiB) - 8192, NbdMap.HoleAndZero),
            new(16 * MiB, 128 * 1024, NbdMap.Data), new((16 * MiB) + (128 * 1024), 4096, NbdMap.HoleAndZero),
            new((16 * MiB) + (132 * 1024), MiB - (132 * 1024), NbdMap.Data), new(17 * MiB, 47 * MiB, NbdMap.HoleAndZero),
        ], await NbdMap.ReadAsync(volume.Uri));
    }

    [Fact]
    public async Task Each_snapshot_has_a_context_that_tells_what_changed_since()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 1 0 2M");
        await volume.SnapshotAsync("monday");
        await volume.QemuIoAsync("write -P 2 1M 4k");
        await volume.SnapshotAsync("tuesday");
        await volume.QemuIoAsync("write -P 3 32M 64k");

        Assert.Equal(
        [
            new(0, MiB, 0), new(MiB, 4096, 1), new(MiB + 4096, (31 * MiB) - 4096, 0), new(32 * MiB, 65536, 1),
            new((32 * MiB) + 65536, (32 * MiB) - 65536, 0),
        ], await NbdMap.ReadAsync(volume.Uri, "ankole:changed:monday"));
        Assert.Equal(
            [new(0, 32 * MiB, 0), new(32 * MiB, 65536, 1), new((32 * MiB) + 65536, (32 * MiB) - 65536, 0)],
            await NbdMap.ReadAsync(volume.Uri, "ankole:changed:tuesday"));
    }

    [Fact]
    public async Task A_snapshot_is_served_read_only_with_the_changes_up_to_it()
    {
        await using var volume = await ServedVolume.StartAsync("64Mi");
        await volume.QemuIoAsync("write -P 1 0 1M");
        await volume.SnapshotAsync("monday");
        await volume.QemuIoAsync("write -P 2 8M 4k");
        await volume.SnapshotAsync("tuesday");
        await volume.QemuIoAsync("write -P 3 16M 4k");

        // Beside the process that serves the head.
        await using var server = await AnkoleServer.StartAsync(
            "replica", "serve", volume.Directory, "--snapshot", "tuesday", "--nbd", $"unix:{volume.Folder["snapshot.sock"]}");

        var export = (await Peer.JsonAsync("nbdinfo", "--json", server.Uri)).GetProperty("exports")[0];
        Assert.True(export.GetProperty("is_read_only").GetBoolean());
        Assert.Equal(
            [new(0, 8 * MiB, 0), new(8 * MiB, 4096, 1), new((8 * MiB) + 4096, (56 * MiB) - 4096, 0)],
            await NbdMap.ReadAsync(server.Uri, "ankole:changed:monday"));
        Assert.Equal(
            [new(0, MiB, NbdMap.Data), new(MiB, 7 * MiB, NbdMap.HoleAndZero), new(8 * MiB, 4096, NbdMap.Data),
             new((8 * MiB) + 4096, (56 * MiB) - 4096, NbdMap.HoleAndZero)],
            await NbdMap.ReadAsync(server.Uri));
    }
}
