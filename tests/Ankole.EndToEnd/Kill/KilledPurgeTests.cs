using System.Diagnostics;
using Ankole.Testing;

namespace Ankole.EndToEnd.Kill;

public sealed class KilledPurgeTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 8, VolumeBytes = 64 << 20, KeptSnapshots = 2;

    private readonly TemporaryFolder folder = new();
    private readonly OrderedDictionary<string, string> snapshots = [];

    private string Volume => folder["volume"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task After_a_kill_anywhere_in_a_purge_of_a_served_volume_every_flushed_write_is_there()
    {
        var moments = new KillMoments(output);
        var blocks = new WrittenBlocks(VolumeBytes / WrittenBlocks.BlockBytes, moments.Next(int.MaxValue));
        await AnkoleCommand.MustAsync("replica", "create", Volume, "--size", $"{VolumeBytes}");
        var usual = TimeSpan.FromMilliseconds(300);
        for (var round = 0; round < Kills; round++)
        {
            await using var server = await AnkoleServer.ServeReplicaAsync(Volume);
            await blocks.CheckAsync(server.Uri);
            var writing = blocks.WriteUntilLostAsync(server.Uri);
            var flushesBefore = blocks.Flushes;
            while (blocks.Flushes < flushesBefore + 100 && !writing.IsCompleted)
                await Task.Delay(10);
            await TakeSnapshotAsync($"round-{round}");
            usual = await PurgeAndKillAsync(server, moments, usual);
            await writing;
            await CheckAsync(round);
        }
        await using var last = await AnkoleServer.ServeReplicaAsync(Volume);
        await blocks.CheckAsync(last.Uri);
        output.WriteLine($"{blocks.Flushes} flushes, {Kills} kills");
    }

    [Fact]
    public async Task After_a_kill_anywhere_in_a_purge_that_nobody_serves_the_next_one_finishes_it()
    {
        var moments = new KillMoments(output);
        await AnkoleCommand.MustAsync("replica", "create", Volume, "--size", $"{VolumeBytes}");
        TestImage.Create(folder["in.img"], VolumeBytes, seed: 41);
        for (var round = 0; round < 4 || moments.Kills < Kills; round++)
        {
            Assert.True(round < 5 * Kills, "the commands end before they are killed");
            TestImage.Change(folder["in.img"], VolumeBytes / 2, seed: 2000 + round);
            await AnkoleCommand.MustAsync("replica", "import", Volume, "--from", folder["in.img"]);
            await TakeSnapshotAsync($"round-{round}");
            await RemoveOldestAsync();
            if (round == 3)
                await moments.MeasureAsync("replica", "purge", Volume);
            else if (round > 3)
                await moments.RunAndKillAsync("replica", "purge", Volume);
            await CheckAsync(round);
            await AnkoleCommand.MustAsync("replica", "export", Volume, "--to", folder["head.img"], "--force");
            Assert.Equal(await FileHash.OfAsync(folder["in.img"]), await FileHash.OfAsync(folder["head.img"]));
        }
    }

    /// <summary>Kills the server at a random moment of what another process asks of it.</summary>
    /// <returns>How long the purge took, if it was quicker than the kill.</returns>
    private async Task<TimeSpan> PurgeAndKillAsync(AnkoleServer server, KillMoments moments, TimeSpan usual)
    {
        await RemoveOldestAsync();
        var started = Stopwatch.GetTimestamp();
        var purging = AnkoleCommand.RunAsync("replica", "purge", Volume);
        var moment = usual * (moments.Next(1000) / 900.0);
        await Task.WhenAny(purging, Task.Delay(moment));
        var isFinished = purging.IsCompleted;
        await server.KillAsync();
        var run = await purging;
        output.WriteLine($"kill {(isFinished ? "just after" : "during")} a purge, {moment.TotalMilliseconds:0} of about {usual.TotalMilliseconds:0} ms: exit code {run.ExitCode}");
        return isFinished ? Stopwatch.GetElapsedTime(started) : usual * 1.2;
    }

    /// <summary>The interrupted purge is simply run again; the snapshots that stay are what they were.</summary>
    private async Task CheckAsync(int round)
    {
        await AnkoleCommand.MustAsync("replica", "purge", Volume);
        var listed = await AnkoleCommand.JsonAsync("replica", "snapshot", "ls", Volume);
        Assert.Equal(
            snapshots.Keys.Order(StringComparer.Ordinal),
            listed.GetProperty("snapshots").EnumerateArray().Select(snapshot => snapshot.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
        foreach (var (name, hash) in snapshots)
            Assert.True(hash == await HashOfAsync(name), $"snapshot {name} changed in round {round}");
        Assert.DoesNotContain(Directory.EnumerateFiles(Volume), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    private async Task TakeSnapshotAsync(string name)
    {
        await AnkoleCommand.MustAsync("replica", "snapshot", "create", Volume, name);
        snapshots.Add(name, await HashOfAsync(name));
    }

    private async Task RemoveOldestAsync()
    {
        while (snapshots.Count > KeptSnapshots)
        {
            var oldest = snapshots.Keys.First();
            await AnkoleCommand.MustAsync("replica", "snapshot", "rm", Volume, oldest);
            snapshots.Remove(oldest);
        }
    }

    private async Task<string> HashOfAsync(string snapshot)
    {
        await AnkoleCommand.MustAsync("replica", "export", Volume, "--snapshot", snapshot, "--to", folder["snapshot.img"], "--force");
        return await FileHash.OfAsync(folder["snapshot.img"]);
    }
}
