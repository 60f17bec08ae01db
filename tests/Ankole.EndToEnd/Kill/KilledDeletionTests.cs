namespace Ankole.EndToEnd.Kill;

public sealed class KilledDeletionTests(ITestOutputHelper output)
{
    private const int Kills = 10;

    [Fact]
    public async Task After_a_kill_anywhere_in_a_deletion_the_next_run_succeeds_frees_everything_and_the_others_restore()
    {
        using var store = new KilledStore();
        var moments = new KillMoments(output) { Waiting = KilledStore.LockWait };
        foreach (var number in Enumerable.Range(0, 4))
            await BackUpAsync(store, $"backup-{number}");
        await moments.MeasureAsync("store", "rm", store.UrlOf("backup-0"));
        store.Deleted("backup-0");

        for (var round = 0; moments.Kills < Kills; round++)
        {
            Assert.True(round < 4 * Kills, "the commands end before they are killed");
            // The newest one too, which volume.cfg names.
            var victim = moments.Next(3) == 0 ? store.Finished.Last() : store.Finished.First();
            var isKilled = await moments.RunAndKillAsync("store", "rm", store.UrlOf(victim));
            store.Deleted(victim);
            if (isKilled)
                await DeleteAgainAsync(store, victim);
            await store.CheckAsync();
            await store.CheckNothingIsLeftOverAsync();
            await BackUpAsync(store, $"round-{round}");
        }
        await store.CheckAllAsync();
    }

    /// <summary>What was killed may have been finished: then there is nothing to delete any more.</summary>
    private static async Task DeleteAgainAsync(KilledStore store, string victim)
    {
        var run = await AnkoleCommand.RunAsync("store", "rm", store.UrlOf(victim));
        if (run.ExitCode == 4)
            Assert.Contains($"cannot find backup '{victim}'", run.Error, StringComparison.Ordinal);
        else
            run.MustSucceed();
    }

    private static async Task BackUpAsync(KilledStore store, string backup)
    {
        TestImage.Change(store.Image, KilledStore.VolumeBytes / 4, seed: backup.GetHashCode(StringComparison.Ordinal));
        await AnkoleCommand.MustAsync(store.BackupCommand(backup));
        await store.AddFinishedAsync(backup);
    }
}
