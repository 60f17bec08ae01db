using Ankole.Testing;

namespace Ankole.EndToEnd.Kill;

public sealed class KilledRestoreTests(ITestOutputHelper output)
{
    private const int KillsPerDestination = 5;

    [Fact]
    public async Task After_a_kill_anywhere_in_a_restore_there_is_no_half_file_and_the_next_run_succeeds()
    {
        using var store = await MakeAsync();
        var moments = new KillMoments(output) { Waiting = KilledStore.LockWait };
        await moments.MeasureAsync(Restore(store, store.Folder["measured.img"]));
        var expected = await FileHash.OfAsync(store.Image);

        for (var round = 0; moments.Kills < KillsPerDestination; round++)
        {
            Assert.True(round < 4 * KillsPerDestination, "the commands end before they are killed");
            var destination = store.Folder["out.img"];
            var isKilled = await moments.RunAndKillAsync(Restore(store, destination));
            var isRestored = File.Exists(destination);
            if (!isRestored)
                await AnkoleCommand.MustAsync(Restore(store, destination));
            Assert.Equal(expected, await FileHash.OfAsync(destination));
            Assert.False(File.Exists(destination + ".partial"));
            File.Delete(destination);
            await store.CheckAsync(endedKilled: isKilled && isRestored);
        }
        await AnkoleCommand.MustAsync(Restore(store, store.Folder["last.img"]));
        await store.CheckAsync();
    }

    [Fact]
    public async Task After_a_kill_anywhere_in_a_restore_there_is_no_half_replica_and_a_deletion_is_not_held_up()
    {
        using var store = await MakeAsync();
        var moments = new KillMoments(output) { Waiting = KilledStore.LockWait };
        await moments.MeasureAsync(Restore(store, $"replica:{store.Folder["measured"]}"));
        var expected = await FileHash.OfAsync(store.Image);

        for (var round = 0; moments.Kills < KillsPerDestination; round++)
        {
            Assert.True(round < 4 * KillsPerDestination, "the commands end before they are killed");
            var directory = store.Folder[$"replica-{round}"];
            var isKilled = await moments.RunAndKillAsync(Restore(store, $"replica:{directory}"));
            if (isKilled && store.Finished.First() is var oldest && oldest != "wanted")
            {
                await AnkoleCommand.MustAsync("store", "rm", store.UrlOf(oldest));
                store.Deleted(oldest);
                isKilled = false;
            }
            var isRestored = Directory.Exists(directory);
            if (!isRestored)
                await AnkoleCommand.MustAsync(Restore(store, $"replica:{directory}"));
            var exported = store.Folder["exported.img"];
            await AnkoleCommand.MustAsync("replica", "export", directory, "--to", exported, "--force");
            Assert.Equal(expected, await FileHash.OfAsync(exported));
            Assert.False(Directory.Exists(directory + ".partial"));
            Directory.Delete(directory, recursive: true);
            await store.CheckAsync(endedKilled: isKilled && isRestored);
        }
    }

    private static string[] Restore(KilledStore store, string destination) => ["store", "restore", store.UrlOf("wanted"), "--to", destination];

    private static async Task<KilledStore> MakeAsync()
    {
        var store = new KilledStore();
        foreach (var backup in new[] { "older", "old", "wanted" })
        {
            TestImage.Change(store.Image, KilledStore.VolumeBytes / 4, seed: backup.Length);
            await AnkoleCommand.MustAsync(store.BackupCommand(backup));
            await store.AddFinishedAsync(backup);
        }
        return store;
    }
}
