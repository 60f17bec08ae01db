using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Concurrency;

/// <summary>Several operations on one backup volume at once, and locks that others hold.</summary>
public sealed class StoreConcurrencyTests : IDisposable
{
    private const long VolumeBytes = 64 << 20;

    /// <summary>Of one backup of such a volume, a quarter of a minute.</summary>
    private const string SlowRate = "512Ki";

    private readonly TemporaryFolder folder = new();

    public StoreConcurrencyTests()
    {
        Directory.CreateDirectory(folder["store"]);
        TestImage.Create(folder["one.img"], VolumeBytes, seed: 50);
        TestImage.Create(folder["two.img"], VolumeBytes, seed: 51);
    }

    private string Target => $"file://{folder["store"]}";

    private string LocksFolder => Path.Combine(
        Directory.GetDirectories(folder["store"], "vol", SearchOption.AllDirectories).Single(), "locks");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Two_backups_of_one_volume_at_once_both_finish_and_both_restore()
    {
        var runs = await Task.WhenAll(BackUpAsync("one"), BackUpAsync("two"));

        foreach (var run in runs)
            run.MustSucceed();
        await MustRestoreAsync("one");
        await MustRestoreAsync("two");
        await MustBeSoundAsync(backups: 2);
    }

    [Fact]
    public async Task Two_backups_of_one_name_at_once_are_one_backup_and_one_clear_refusal()
    {
        // So slow that neither is done before the other has begun.
        var runs = await Task.WhenAll(
            AnkoleCommand.RunAsync([.. BackupCommand("one", "one"), "--limit-rate", SlowRate]), AnkoleCommand.RunAsync([.. BackupCommand("one", "two"), "--limit-rate", SlowRate]));

        var refused = Assert.Single(runs, run => run.ExitCode != 0);
        var finished = Assert.Single(runs, run => run.ExitCode == 0);
        Assert.Equal(5, refused.ExitCode);
        Assert.Contains($"volume 'vol' in backup target '{Target}' is locked for the backup 'one' by process", refused.Error, StringComparison.Ordinal);
        await MustRestoreAsync("one", finished == runs[0] ? "one" : "two");
        await MustBeSoundAsync(backups: 1);
    }

    [Fact]
    public async Task A_backup_of_a_name_that_another_process_is_making_is_refused_and_that_one_finishes()
    {
        using var backup = await StartAndFreezeAsync("one", "one");
        var refused = await BackUpAsync("one", "two");
        await ThawAsync(backup);

        Assert.Equal(5, refused.ExitCode);
        Assert.Contains(
            $"volume 'vol' in backup target '{Target}' is locked for the backup 'one' by process {backup.Id} on host", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, backup.ExitCode);
        await MustRestoreAsync("one");
        await MustBeSoundAsync(backups: 1);
    }

    [Fact]
    public async Task A_deletion_during_a_backup_is_refused_by_name_and_the_backup_finishes()
    {
        (await BackUpAsync("one")).MustSucceed();
        using var backup = await StartAndFreezeAsync("two", "two");
        var deletion = await AnkoleCommand.RunAsync("store", "rm", UrlOf("one"));
        await ThawAsync(backup);

        Assert.Equal(5, deletion.ExitCode);
        Assert.Contains(
            $"volume 'vol' in backup target '{Target}' is locked for the backup 'two' by process {backup.Id} on host", deletion.Error, StringComparison.Ordinal);
        Assert.Equal(0, backup.ExitCode);
        await MustRestoreAsync("one");
        await MustRestoreAsync("two");
        await MustBeSoundAsync(backups: 2);
    }

    /// <summary>A backup that stands still from the moment that it holds its lock, however fast or slow the machine is.</summary>
    private async Task<Process> StartAndFreezeAsync(string backup, string source)
    {
        var process = AnkoleCommand.Start([.. BackupCommand(backup, source), "--limit-rate", SlowRate]);
        await WhenLockedAsync(process);
        Signal.Stop(process);
        Assert.False(process.HasExited, "the backup was over before it could be stopped");
        return process;
    }

    private static async Task ThawAsync(Process process)
    {
        Signal.Continue(process);
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_deletion_and_a_backup_that_begin_together_leave_a_sound_store()
    {
        (await BackUpAsync("one")).MustSucceed();

        var runs = await Task.WhenAll(AnkoleCommand.RunAsync("store", "rm", UrlOf("one")), BackUpAsync("two"));

        Assert.All(runs, run => Assert.True(run.ExitCode is 0 or 5, run.ToString()));
        Assert.Contains(runs, run => run.ExitCode == 0);
        if (runs[1].ExitCode == 0)
            await MustRestoreAsync("two");
        await MustBeSoundAsync(backups: (runs[0].ExitCode == 0 ? 0 : 1) + (runs[1].ExitCode == 0 ? 1 : 0));
    }

    [Fact]
    public async Task A_live_deletion_lock_of_somebody_else_refuses_backups_and_restores_and_says_until_when()
    {
        (await BackUpAsync("one")).MustSucceed();
        WriteLock("lock-feedfacefeedface", type: 2, TimeSpan.FromSeconds(5));

        var backup = await BackUpAsync("two");
        var restore = await AnkoleCommand.RunAsync("store", "restore", UrlOf("one"), "--to", folder["out.img"]);

        foreach (var run in new[] { backup, restore })
        {
            Assert.Equal(5, run.ExitCode);
            Assert.Contains($"volume 'vol' in backup target '{Target}' is locked for a deletion (lock 'lock-feedfacefeedface')", run.Error, StringComparison.Ordinal);
            Assert.Matches("the lock expires in 1?[0-9]{1,2} s", run.Error);
        }
        Assert.False(File.Exists(folder["out.img"]));
        Assert.True(File.Exists(Path.Combine(LocksFolder, "lock-feedfacefeedface.lck")), "a foreign lock was removed");
        Assert.Single(Directory.GetFiles(LocksFolder));
    }

    [Fact]
    public async Task A_live_backup_lock_of_somebody_else_refuses_deletions_and_lets_backups_through()
    {
        (await BackUpAsync("one")).MustSucceed();
        WriteLock("lock-feedfacefeedface", type: 1, TimeSpan.FromSeconds(30));

        var deletion = await AnkoleCommand.RunAsync("store", "rm", UrlOf("one"));
        (await BackUpAsync("two")).MustSucceed();

        Assert.Equal(5, deletion.ExitCode);
        Assert.Contains("is locked for a backup or a restore (lock 'lock-feedfacefeedface')", deletion.Error, StringComparison.Ordinal);
        await MustRestoreAsync("one");
        await MustRestoreAsync("two");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_expired_lock_of_somebody_else_holds_up_nothing_and_stays(int type)
    {
        (await BackUpAsync("one")).MustSucceed();
        WriteLock("lock-feedfacefeedface", type, TimeSpan.FromSeconds(151));

        (await BackUpAsync("two")).MustSucceed();
        await MustRestoreAsync("one");
        await AnkoleCommand.MustAsync("store", "rm", UrlOf("one"));

        await MustRestoreAsync("two");
        Assert.Equal(["lock-feedfacefeedface.lck"], Directory.GetFiles(LocksFolder).Select(Path.GetFileName));
    }

    /// <summary>As Longhorn writes it, without the holder that Ankole adds.</summary>
    private void WriteLock(string name, int type, TimeSpan age)
    {
        Directory.CreateDirectory(LocksFolder);
        var path = Path.Combine(LocksFolder, name + ".lck");
        File.WriteAllText(path, $$"""{"Name":"{{name}}","Type":{{type}},"Acquired":true}""", new UTF8Encoding(false));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
    }

    private async Task WhenLockedAsync(Process holder)
    {
        while (!Directory.GetFiles(folder["store"], "*.lck", SearchOption.AllDirectories).Any(IsAcquired))
        {
            Assert.False(holder.HasExited, "the backup ended before it was seen to hold its lock");
            await Task.Delay(20);
        }
    }

    private static bool IsAcquired(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("Acquired").GetBoolean();
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private string UrlOf(string backup) => $"{Target}?backup={backup}&volume=vol";

    private string[] BackupCommand(string backup, string? source = null) =>
        ["store", "backup", folder[$"{source ?? backup}.img"], Target, "--volume", "vol", "--backup", backup];

    private Task<ProcessRun> BackUpAsync(string backup, string? source = null) => AnkoleCommand.RunAsync(BackupCommand(backup, source));

    private async Task MustRestoreAsync(string backup, string? source = null)
    {
        await AnkoleCommand.MustAsync("store", "restore", UrlOf(backup), "--to", folder["restored.img"], "--force");
        Assert.Equal(await FileHash.OfAsync(folder[$"{source ?? backup}.img"]), await FileHash.OfAsync(folder["restored.img"]));
    }

    private async Task MustBeSoundAsync(int backups)
    {
        var report = await AnkoleCommand.JsonAsync("store", "verify", Target);
        Assert.True(report.GetProperty("isClean").GetBoolean(), report.ToString());
        Assert.Equal(backups, report.GetProperty("backups").GetInt32());
        Assert.Empty(Directory.GetFiles(folder["store"], "*.lck", SearchOption.AllDirectories));
    }
}
