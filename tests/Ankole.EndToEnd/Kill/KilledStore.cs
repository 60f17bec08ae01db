using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Kill;

/// <summary>A backupstore whose writers get killed, and what must hold after each kill.</summary>
internal sealed class KilledStore : IDisposable
{
    public const long VolumeBytes = 64 << 20;

    /// <summary>Every operation that takes a lock waits this long before it changes anything (Longhorn's protocol).</summary>
    public static readonly TimeSpan LockWait = TimeSpan.FromSeconds(2);

    private readonly OrderedDictionary<string, string> finished = [];

    public KilledStore()
    {
        Directory.CreateDirectory(Folder["store"]);
        TestImage.Create(Image, VolumeBytes, seed: 40);
    }

    public TemporaryFolder Folder { get; } = new();

    public string Image => Folder["volume.img"];

    public string Target => $"file://{Folder["store"]}";

    /// <summary>Backups that were reported as finished, oldest first.</summary>
    public IEnumerable<string> Finished => finished.Keys;

    public string UrlOf(string backup) => $"{Target}?backup={backup}&volume=vol";

    public string[] BackupCommand(string backup) => ["store", "backup", Image, Target, "--volume", "vol", "--backup", backup];

    public async Task AddFinishedAsync(string backup) => finished.Add(backup, await FileHash.OfAsync(Image));

    public void Deleted(string backup) => finished.Remove(backup);

    /// <summary>The backup is finished in the store, whatever its maker lived to say.</summary>
    public async Task<bool> IsListedAsFinishedAsync(string backup)
    {
        var run = await AnkoleCommand.RunAsync("store", "ls", Target, "--volume", "vol", "-o", "json");
        return run.ExitCode == 0 && JsonDocument.Parse(run.Output).RootElement.GetProperty("backups").EnumerateArray().Any(
            listed => listed.GetProperty("name").GetString() == backup && listed.GetProperty("isFinished").GetBoolean());
    }

    /// <summary>Reads every block of every backup, restores the newest, and looks for debris.</summary>
    /// <param name="endedKilled">
    /// The last run that takes a lock was killed and none has come after it, so its lock may lie there. It blocks nobody: the next run takes it away.
    /// </param>
    public async Task CheckAsync(bool endedKilled = false)
    {
        var report = await AnkoleCommand.JsonAsync("store", "verify", Target);
        Assert.True(report.GetProperty("isClean").GetBoolean(), report.ToString());
        Assert.Equal(finished.Count, report.GetProperty("backups").GetInt32());
        if (finished.Count > 0)
            await CheckRestoreAsync(finished.Keys.Last());
        if (!endedKilled)
            Assert.Empty(FilesWith(".lck"));
    }

    /// <summary>Restores every finished backup.</summary>
    public async Task CheckAllAsync(bool endedKilled = false)
    {
        await CheckAsync(endedKilled);
        foreach (var backup in finished.Keys)
            await CheckRestoreAsync(backup);
    }

    /// <summary>Every stored block is one that a backup names. (Temporary files of killed writers may lie about: no reader sees them.)</summary>
    public async Task CheckNothingIsLeftOverAsync()
    {
        var report = await AnkoleCommand.JsonAsync("store", "verify", Target, "--quick");
        Assert.Equal(report.GetProperty("blocks").GetInt64(), FilesWith(".blk").Count());
    }

    public void Dispose() => Folder.Dispose();

    private IEnumerable<string> FilesWith(string suffix) => Directory
        .EnumerateFiles(Folder["store"], "*", SearchOption.AllDirectories).Where(path => path.EndsWith(suffix, StringComparison.Ordinal));

    private async Task CheckRestoreAsync(string backup)
    {
        var restored = Folder["restored.img"];
        await AnkoleCommand.MustAsync("store", "restore", UrlOf(backup), "--to", restored, "--force", "--no-lock");
        Assert.Equal(finished[backup], await FileHash.OfAsync(restored));
    }
}
