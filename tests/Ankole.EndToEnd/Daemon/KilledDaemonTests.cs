using System.Text.Json.Nodes;
using Ankole.Backup;
using Ankole.EndToEnd.Kill;
using Ankole.Testing;
using Ankole.Volumes;

namespace Ankole.EndToEnd.Daemon;

public sealed class KilledDaemonTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 50;

    /// <summary>A start takes about this long here; half of the kills come within it.</summary>
    private const int StartMs = 2000, WorkMs = 2000;

    /// <summary>What a kill interrupted is repeated after pauses of up to two minutes.</summary>
    private static readonly TimeSpan SettleDeadline = TimeSpan.FromMinutes(6);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_fifty_kills_of_a_busy_daemon_nothing_is_lost_doubled_orphaned_or_wrong()
    {
        var moments = new KillMoments(output);
        var target = folder["target"];
        Directory.CreateDirectory(target);
        Directory.CreateDirectory(folder["data"]);
        await using var daemon = await AnkoleDaemon.StartAsync(folder["data"]);
        var busy = new BusyHost(daemon, target, moments);
        await busy.PrepareAsync();
        for (var kill = 1; kill <= Kills; kill++)
        {
            if (kill % 2 == 0)
            {
                await daemon.UntilReadyAsync();
                var working = busy.WorkUntilLostAsync();
                await Task.Delay(moments.Next(WorkMs));
                await daemon.KillAsync();
                await working;
            }
            else
            {
                await Task.Delay(moments.Next(StartMs));
                await daemon.KillAsync();
            }
            daemon.Launch();
        }
        await daemon.UntilReadyAsync();
        using (var api = DaemonApi.Of(daemon))
        {
            await SettleAsync(api, daemon);
            await CheckResourcesAsync(api, busy);
            await CheckDataAsync(api, busy, target);
        }
        Assert.Equal(0, await daemon.StopAsync());
    }

    /// <summary>One more backup of each volume takes what dead processes left in the target with it; then everything has an end.</summary>
    private static async Task SettleAsync(DaemonApi api, AnkoleDaemon daemon)
    {
        for (var i = 0; i < BusyHost.Volumes; i++)
            Assert.True(await api.CreateAsync("backups", "Backup", $"last-{i}", new JsonObject { ["volumeName"] = BusyHost.VolumeName(i) }));
        var until = DateTime.UtcNow + SettleDeadline;
        while (await UnsettledAsync(api) is { Count: > 0 } unsettled)
        {
            Assert.True(DateTime.UtcNow < until, $"{unsettled.Count} have not come to an end:\n{string.Join('\n', unsettled)}\n{daemon.Log[^Math.Min(daemon.Log.Length, 20_000)..]}");
            await Task.Delay(500);
        }
    }

    private static async Task<List<string>> UnsettledAsync(DaemonApi api)
    {
        var backups = (await api.ListAsync("backups")).Where(backup => Text(backup, "status", "state") is not ("Completed" or "Error" or "Unknown"));
        var volumes = (await api.ListAsync("volumes")).Where(volume =>
            Text(volume, "status", "state") is not ("attached" or "detached") || volume["status"]!["restoreRequired"]?.GetValue<bool>() == true);
        var snapshots = (await api.ListAsync("snapshots")).Where(snapshot => snapshot["status"]?["readyToUse"]?.GetValue<bool>() != true);
        // What is being deleted still has the state that it had before.
        var going = (await Task.WhenAll(((string[])["backups", "volumes", "snapshots"]).Select(api.ListAsync))).SelectMany(all => all)
            .Where(resource => resource["metadata"]!["deletionTimestamp"] is not null);
        return [.. backups.Concat(volumes).Concat(snapshots).Concat(going).Select(resource => resource.ToJsonString())];
    }

    private static async Task CheckResourcesAsync(DaemonApi api, BusyHost busy)
    {
        foreach (var (plural, name) in busy.MustExist)
            Assert.True(await api.GetAsync(plural, name) is not null, $"{plural} '{name}' was created and is lost");
        foreach (var (plural, name) in busy.MustBeGone)
            Assert.True(await api.GetAsync(plural, name) is null, $"{plural} '{name}' was deleted and is there");
        var failed = (await api.ListAsync("backups")).Where(backup => Text(backup, "status", "state") != "Completed").ToList();
        Assert.True(failed.Count == 0, $"{failed.Count} backups failed: {failed.FirstOrDefault()?.ToJsonString()}");
        var attached = (await api.GetAsync("volumes", BusyHost.VolumeName(0)))!;
        Assert.Equal("attached", Text(attached, "status", "state"));
        await busy.CheckWritesAsync(api, SettleDeadline);
    }

    private async Task CheckDataAsync(DaemonApi api, BusyHost busy, string target)
    {
        var volumes = await api.ListAsync("volumes");
        var replicas = await api.ListAsync("replicas");
        var snapshots = await api.ListAsync("snapshots");
        var backups = await api.ListAsync("backups");
        var replicaFolder = Path.Combine(folder["data"], "replicas");
        Assert.Equal(volumes.Select(BusyHost.NameOf).Order(), replicas.Select(replica => Text(replica, "spec", "volumeName")).Order());
        Assert.Equal(
            replicas.Select(replica => Text(replica, "spec", "dataDirectoryName")).Order(StringComparer.Ordinal),
            Directory.GetDirectories(replicaFolder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));

        await using var objects = new DirectoryObjectStore(target, $"file://{target}");
        var store = new Backupstore(objects);
        var stored = (await store.ListVolumesAsync(withBackups: true, CancellationToken.None)).SelectMany(volume => volume.Backups).Order(StringComparer.Ordinal);
        Assert.Equal(backups.Select(BusyHost.NameOf).Order(StringComparer.Ordinal), stored);
        Assert.Empty(Directory.GetFiles(target, "*.lck", SearchOption.AllDirectories));
        Assert.True((await store.VerifyAsync(null, null, deep: true, null, CancellationToken.None)).IsClean);

        var compared = 0;
        foreach (var replica in replicas)
        {
            var volume = Text(replica, "spec", "volumeName");
            var reader = ReplicaReader.Open(Path.Combine(replicaFolder, Text(replica, "spec", "dataDirectoryName")), new ReplicaOptions());
            var chain = reader.Inspect().Disks.Where(disk => disk is { Snapshot: not null, Removed: false }).Select(disk => disk.Snapshot!).Order(StringComparer.Ordinal).ToList();
            Assert.Equal(snapshots.Where(snapshot => Text(snapshot, "spec", "volume") == volume).Select(BusyHost.NameOf).Order(StringComparer.Ordinal), chain);
            foreach (var backup in backups.Where(backup => Text(backup, "spec", "volumeName") == volume && chain.Contains(Text(backup, "status", "snapshotName"))))
            {
                await using var snapshot = reader.OpenSnapshot(Text(backup, "status", "snapshotName"));
                await using var image = await store.OpenImageAsync(new RestoreRequest { Volume = volume, Backup = BusyHost.NameOf(backup) }, CancellationToken.None);
                await AssertEqualAsync(snapshot, image, $"backup {BusyHost.NameOf(backup)} and its snapshot");
                compared++;
            }
            if (busy.Restored.TryGetValue(volume, out var source))
            {
                await using var head = reader.OpenHead();
                var url = BackupUrl.Parse(Text((await api.GetAsync("backups", source))!, "status", "url"));
                await using var image = await store.OpenImageAsync(new RestoreRequest { Volume = url.Volume!, Backup = url.Backup! }, CancellationToken.None);
                await AssertEqualAsync(head, image, $"volume {volume} and the backup {source} that it was made from");
                compared++;
            }
        }
        output.WriteLine($"{volumes.Count} volumes, {snapshots.Count} snapshots, {backups.Count} backups; {compared} compared byte by byte");
        Assert.True(compared >= BusyHost.Volumes);
    }

    private static async Task AssertEqualAsync(Core.IBlockSource left, Core.IBlockSource right, string what)
    {
        Assert.Equal(left.SizeBytes, right.SizeBytes);
        byte[] one = new byte[1 << 20], two = new byte[1 << 20];
        for (var offset = 0L; offset < left.SizeBytes; offset += one.Length)
        {
            await left.ReadAsync(offset, one, CancellationToken.None);
            await right.ReadAsync(offset, two, CancellationToken.None);
            Assert.True(one.AsSpan().SequenceEqual(two), $"{what} differ in the MiB at {offset}");
        }
    }

    private static string Text(JsonNode resource, string part, string field) => resource[part]?[field]?.GetValue<string>() ?? "";
}
