using Ankole.Testing;

namespace Ankole.EndToEnd.Kill;

public sealed class KilledServerTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 6, VolumeBytes = 64 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_server_that_is_killed_while_clients_write_and_snapshots_are_taken_loses_no_flushed_write()
    {
        var moments = new KillMoments(output);
        var blocks = new WrittenBlocks(VolumeBytes / WrittenBlocks.BlockBytes, moments.Next(int.MaxValue));
        await AnkoleCommand.MustAsync("replica", "create", folder["volume"], "--size", $"{VolumeBytes}");
        for (var round = 0; round < Kills; round++)
        {
            await using var server = await AnkoleServer.ServeReplicaAsync(folder["volume"]);
            await blocks.CheckAsync(server.Uri);
            var writing = blocks.WriteUntilLostAsync(server.Uri);
            var snapshots = SnapshotMeanwhileAsync(round);
            await Task.Delay(200 + moments.Next(600));
            await server.KillAsync();
            await Task.WhenAll(writing, snapshots);
            var inspected = await AnkoleCommand.JsonAsync("replica", "inspect", folder["volume"]);
            output.WriteLine($"round {round}: {blocks.Flushes} flushes, {inspected.GetProperty("chain").GetArrayLength()} files in the chain");
        }
        await using var last = await AnkoleServer.ServeReplicaAsync(folder["volume"]);
        await blocks.CheckAsync(last.Uri);
    }

    private async Task SnapshotMeanwhileAsync(int round)
    {
        // Once the server is gone, the command opens the directory itself.
        for (var number = 0; number < 3; number++)
            if ((await AnkoleCommand.RunAsync("replica", "snapshot", "create", folder["volume"], $"round-{round}-{number}")).ExitCode != 0)
                return;
    }
}
