namespace Ankole.EndToEnd.Kill;

public sealed class KilledBackupTests(ITestOutputHelper output)
{
    private const int Kills = 15;

    [Fact]
    public async Task After_a_kill_anywhere_in_a_backup_the_next_run_succeeds_and_every_backup_restores()
    {
        using var store = new KilledStore();
        var moments = new KillMoments(output) { Waiting = KilledStore.LockWait };
        await moments.MeasureAsync(store.BackupCommand("first"));
        await store.AddFinishedAsync("first");

        var endedKilled = false;
        for (var round = 0; moments.Kills < Kills; round++)
        {
            Assert.True(round < 4 * Kills, "the commands end before they are killed");
            TestImage.Change(store.Image, KilledStore.VolumeBytes / 4, seed: 1000 + round);
            var backup = $"round-{round}";
            var isKilled = await moments.RunAndKillAsync(store.BackupCommand(backup));
            var isFinished = !isKilled || await store.IsListedAsFinishedAsync(backup);
            if (isFinished)
                await store.AddFinishedAsync(backup);
            else
                await GoOnAsync(store, backup, moments.Next(3));
            await store.CheckAsync(endedKilled = isKilled && isFinished);
        }
        await store.CheckAllAsync(endedKilled);
        // What killed runs under other names sent was not needed again; a deletion collects it, and gets through at once whoever was killed last.
        await AnkoleCommand.MustAsync("store", "rm", store.UrlOf("first"));
        store.Deleted("first");
        await store.CheckNothingIsLeftOverAsync();
        await store.CheckAsync();
    }

    /// <summary>What a person may do next, each of which must get through at once.</summary>
    private static async Task GoOnAsync(KilledStore store, string backup, int how)
    {
        if (how == 2 && store.Finished.Skip(1).FirstOrDefault() is { } oldest)
        {
            // A deletion excludes backups, but not one that is dead.
            var report = await AnkoleCommand.JsonAsync("store", "rm", store.UrlOf(oldest));
            Assert.Equal(0, report.GetProperty("blocksKeptBecause").ToString().Length);
            store.Deleted(oldest);
            await store.CheckNothingIsLeftOverAsync();
        }
        var next = how == 1 ? backup + "-again" : backup;
        await AnkoleCommand.MustAsync(store.BackupCommand(next));
        await store.AddFinishedAsync(next);
        Assert.Equal(how == 1, !await store.IsListedAsFinishedAsync(backup));
    }
}
