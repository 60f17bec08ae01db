using System.Globalization;
using System.Text.Json;
using Ankole.EndToEnd.Targets;
using Ankole.Testing;

namespace Ankole.EndToEnd.Daemon;

/// <summary>The main job through the daemon, typed as a person types it.</summary>
public sealed class MainJobTests
{
    /// <summary>No change of a backup that is being made takes longer to come.</summary>
    private static readonly TimeSpan WatchDeadline = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_volume_is_written_snapshotted_backed_up_twice_with_moving_progress_and_restored_with_equal_bytes()
    {
        using var folder = new TemporaryFolder();
        // So slow that the first backup takes four seconds on the quickest machine: that it moves is seen on every one.
        await using var servers = new TargetServers();
        var port = (await servers.StartAsync("nfs")).Settings["NFS_PORT"];
        await using var line = new DelayingProxy(int.Parse(port), TimeSpan.Zero, bytesPerSecond: 100e6);
        var target = (await servers.NewTargetAsync("nfs")).Target.Replace($"port={port}", $"port={line.Port}", StringComparison.Ordinal);
        await using var daemon = await AnkoleDaemon.StartAsync(folder["data"]);
        await daemon.MustAsync("target", "set", "default", "--url", target);
        await daemon.MustAsync("target", "sync", "default", "--timeout", "5m");
        Noise(folder["image"], 384 << 20);

        // Attach prints the NBD address and nothing else on standard output, so that it can stand in another command.
        await daemon.MustAsync("volume", "create", "data", "--size", "400Mi", "--wait");
        var address = (await daemon.MustAsync("volume", "attach", "data")).Output.Split('\n')[0];
        await Peer.MustAsync("nbdcopy", "--flush", folder["image"], address);

        await daemon.MustAsync("snapshot", "create", "data", "before-change", "--label", "why=test");
        // Once it shows what was there before, the watch stands and misses nothing.
        await daemon.MustAsync("volume", "create", "small", "--size", "2Mi", "--wait");
        await daemon.MustAsync("backup", "create", "small", "--name", "backup-small", "--wait");
        using var watch = daemon.Start("get", "backups", "--watch", "-o", "json");
        await WatchedAsync(watch.StandardOutput, "backup-small");
        var seen = WatchedAsync(watch.StandardOutput, "backup-first");
        var first = await daemon.JsonAsync("backup", "create", "data", "--snapshot", "before-change", "--name", "backup-first", "--wait");
        Assert.Equal("Completed", first.GetProperty("status").GetProperty("state").GetString());
        AssertProgressMoved(await seen);
        watch.Kill();
        line.Widen();

        TestImage.Change(folder["image"], 8 << 20, seed: 4);
        await Peer.MustAsync("nbdcopy", "--flush", folder["image"], address);
        var second = await daemon.JsonAsync("backup", "create", "data", "--name", "backup-second", "--wait");
        Assert.True(second.GetProperty("status").GetProperty("incremental").GetBoolean());
        Assert.InRange(second.GetProperty("status").GetProperty("newlyUploadDataSize").GetInt64(), 1, 128 << 20);

        var restored = await daemon.MustAsync("backup", "restore", "backup-second", "copy", "--attach", "--wait");
        Assert.Contains("restored from backup-second", restored.Output, StringComparison.Ordinal);
        var copy = (await daemon.JsonAsync("volume", "show", "copy")).GetProperty("status").GetProperty("endpoint").GetString()!;
        await Peer.MustAsync("nbdcopy", copy, folder["restored"]);
        await AssertBeginsWithAsync(folder["image"], folder["restored"]);

        await daemon.MustAsync("backup", "verify", "backup-first");
        await daemon.MustAsync("volume", "detach", "copy");
        Assert.Contains("detached", (await daemon.MustAsync("volume", "show", "copy")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_runs_in_real_time_and_keeps_what_it_retains()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await AnkoleDaemon.StartAsync(folder["data"]);
        await daemon.MustAsync("target", "set", "default", "--url", $"file://{folder["store"]}");
        await daemon.MustAsync("target", "sync", "default", "--timeout", "5m");
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--attach", "--wait");

        await daemon.MustAsync("job", "create", "quick", "--task", "backup", "--cron", "@every 5s", "--retain", "2", "--volume", "data");
        await Eventually.TrueAsync("the job has run four times and keeps two backups", async () =>
        {
            var job = await daemon.JsonAsync("job", "show", "quick");
            var runs = job.GetProperty("status").TryGetProperty("executionCount", out var count) ? count.GetInt64() : 0;
            return runs >= 4 && (await CompletedAsync(daemon)).Count == 2;
        });

        // What is suspended makes nothing more, once a run that had begun has ended and pruned; what it made stays when it goes.
        await daemon.MustAsync("job", "suspend", "quick");
        await Eventually.TrueAsync("the suspended job rests and has left two backups", async () =>
            IsAtRest(await daemon.JsonAsync("job", "show", "quick")) && (await BackupsAsync(daemon)).Count == 2);
        var dry = await daemon.MustAsync("job", "rm", "quick", "--dry-run");
        Assert.Contains("stays: every snapshot and backup it made", dry.Output, StringComparison.Ordinal);
        await daemon.MustAsync("job", "rm", "quick", "--wait");
        Assert.Equal(2, (await CompletedAsync(daemon)).Count);
    }

    [Fact]
    public async Task A_job_is_run_by_hand_and_a_deletion_says_beforehand_to_the_byte_what_it_frees()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await AnkoleDaemon.StartAsync(folder["data"]);
        await daemon.MustAsync("target", "set", "default", "--url", $"file://{folder["store"]}");
        await daemon.MustAsync("target", "sync", "default", "--timeout", "5m");
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--attach", "--wait");
        await daemon.MustAsync("volume", "create", "other", "--size", "16Mi", "--attach", "--wait");
        await daemon.MustAsync("job", "create", "yearly", "--task", "backup", "--cron", "0 0 1 1 *", "--retain", "5", "--volume", "data");
        await daemon.MustAsync("job", "suspend", "yearly");

        var refused = await daemon.RunAsync("job", "run", "yearly", "--volume", "other");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("ankole job assign yearly other", refused.Error, StringComparison.Ordinal);
        var address = (await daemon.MustAsync("volume", "attach", "data")).Output.Split('\n')[0];
        for (var seed = 1; seed <= 2; seed++)
        {
            TestImage.Create(folder[$"image-{seed}"], 16 << 20, seed);
            await Peer.MustAsync("nbdcopy", "--flush", folder[$"image-{seed}"], address);
            var run = await daemon.MustAsync("job", "run", "yearly", "--volume", "data", "--wait", "--timeout", "5m");
            Assert.Contains("1 volumes done, 0 failed, 0 skipped", run.Output, StringComparison.Ordinal);
        }
        var made = await CompletedAsync(daemon);
        Assert.Equal(2, made.Count);

        var stored = Stored(folder["store"]);
        var dry = (await daemon.JsonAsync("backup", "rm", made[0], "--dry-run")).GetProperty("removed")[0];
        Assert.True(dry.GetProperty("freedExactly").GetBoolean());
        Assert.Equal(stored, Stored(folder["store"]));
        await daemon.MustAsync("backup", "rm", made[0], "--wait");
        Assert.Equal(dry.GetProperty("freedBytes").GetInt64(), stored - Stored(folder["store"]));
    }

    /// <summary>Bytes of blocks and backup records; the volume's own record is written anew by a deletion.</summary>
    private static long Stored(string store) => Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)
        .Where(file => file.EndsWith(".blk", StringComparison.Ordinal) || Path.GetFileName(file).StartsWith("backup_", StringComparison.Ordinal)).Sum(file => new FileInfo(file).Length);

    /// <summary>The job's last change was taken note of, and no run is under way.</summary>
    private static bool IsAtRest(JsonElement job)
    {
        var status = job.GetProperty("status");
        return status.GetProperty("observedGeneration").GetInt64() == job.GetProperty("metadata").GetProperty("generation").GetInt64() && !status.TryGetProperty("active", out _);
    }

    private static async Task<List<JsonElement>> BackupsAsync(AnkoleDaemon daemon) =>
        [.. (await daemon.JsonAsync("backup", "ls", "data")).GetProperty("items").EnumerateArray()];

    private static async Task<List<string>> CompletedAsync(AnkoleDaemon daemon)
    {
        var backups = await BackupsAsync(daemon);
        return [.. backups.Where(backup => State(backup) == "Completed").Select(backup => backup.GetProperty("metadata").GetProperty("name").GetString()!)];
    }

    private static string? State(JsonElement backup) =>
        backup.TryGetProperty("status", out var status) && status.TryGetProperty("state", out var state) ? state.GetString() : "";

    /// <summary>What the watch shows of a backup until that is completed.</summary>
    private static async Task<List<JsonElement>> WatchedAsync(StreamReader lines, string backup)
    {
        var seen = new List<JsonElement>();
        while (await lines.ReadLineAsync().WaitAsync(WatchDeadline) is { Length: > 0 } line)
        {
            var change = JsonDocument.Parse(line).RootElement.Clone();
            if (change.GetProperty("metadata").GetProperty("name").GetString() != backup)
                continue;
            seen.Add(change);
            if (State(change) == "Completed")
                return seen;
        }
        throw new InvalidOperationException($"the watch ended before backup '{backup}' was completed");
    }

    private static void AssertProgressMoved(List<JsonElement> changes)
    {
        var moments = changes.Select(change => change.TryGetProperty("status", out var status) && status.TryGetProperty("transfer", out var transfer) ? transfer : default)
            .Where(transfer => transfer.ValueKind == JsonValueKind.Object).Select(transfer => transfer.TryGetProperty("bytesDone", out var done) ? done.GetInt64() : 0).ToList();
        Assert.True(moments.Distinct().Count() >= 2, $"bytes done were {string.Join(", ", moments.Select(done => done.ToString(CultureInfo.InvariantCulture)))}");
        Assert.Equal(moments.Order(), moments);
    }

    /// <summary>Nothing to compress and nothing twice: every byte takes its time.</summary>
    private static void Noise(string path, int sizeBytes)
    {
        var random = new Random(20);
        var block = new byte[1 << 20];
        using var file = File.Create(path);
        for (var written = 0; written < sizeBytes; written += block.Length)
        {
            random.NextBytes(block);
            file.Write(block);
        }
    }

    /// <summary>The volume is larger than the image that was copied to it: the rest is zeros.</summary>
    private static async Task AssertBeginsWithAsync(string image, string whole)
    {
        await using (var file = File.OpenWrite(whole))
            file.SetLength(new FileInfo(image).Length);
        Assert.Equal(await FileHash.OfAsync(image), await FileHash.OfAsync(whole));
    }
}
