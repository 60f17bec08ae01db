using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Testing;

namespace Ankole.EndToEnd.Daemon;

/// <summary><c>ankole</c> against a running daemon: what it prints, refuses and leaves alone.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private const string LonghornJob = """
        apiVersion: longhorn.io/v1beta2
        kind: RecurringJob
        metadata:
          name: from-longhorn
          namespace: longhorn-system
        spec:
          cron: "0 0 * * ?"
          task: "backup"
          groups:
          - default
          retain: 1
          concurrency: 2
        """;

    private readonly TemporaryFolder folder = new();
    private AnkoleDaemon daemon = null!;

    public async ValueTask InitializeAsync() => daemon = await AnkoleDaemon.StartAsync(folder["data"]);

    public async ValueTask DisposeAsync()
    {
        await daemon.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Every_document_of_a_file_is_carried_out_and_every_error_is_told()
    {
        await File.WriteAllTextAsync(folder["file.yaml"], $$"""
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: data}
            spec: {size: 16Mi}
            ---
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: WRONG}
            spec: {size: nothing, numberOfReplicas: 99}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: x}
            ---
            {{LonghornJob.ReplaceLineEndings("\n")}}
            ---
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: page}
            provisioner: driver.longhorn.io
            parameters:
              recurringJobs: '[{"name":"snap", "task":"snapshot", "cron":"*/1 * * * *", "retain":1}]'
            """);
        var dry = await daemon.RunAsync("apply", "--dry-run", "-f", folder["file.yaml"]);
        Assert.Equal(2, dry.ExitCode);
        Assert.Equal(4, (await daemon.RunAsync("volume", "show", "data")).ExitCode);

        var run = await daemon.RunAsync("apply", "-f", folder["file.yaml"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["Volume data created", "RecurringJob from-longhorn created", "StorageClass page created"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("spec.size", run.Error, StringComparison.Ordinal);
        Assert.Contains("spec.numberOfReplicas", run.Error, StringComparison.Ordinal);
        Assert.Contains("metadata.name", run.Error, StringComparison.Ordinal);
        Assert.Contains("no kind Pod of v1", run.Error, StringComparison.Ordinal);

        var job = await daemon.JsonAsync("job", "show", "from-longhorn");
        Assert.Equal("0 0 * * ?", job.GetProperty("spec").GetProperty("cron").GetString());
        var again = await daemon.RunAsync("apply", "-f", folder["file.yaml"], "-o", "json");
        Assert.Equal("unchanged", JsonDocument.Parse(again.Output).RootElement.GetProperty("results")[0].GetProperty("change").GetString());
    }

    [Fact]
    public async Task What_others_change_meanwhile_is_not_said_to_be_the_documents_change()
    {
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--wait");
        await File.WriteAllTextAsync(folder["volume.yaml"], "apiVersion: ankole.io/v1beta1\nkind: Volume\nmetadata: {name: data}\nspec: {size: 16Mi}\n");
        using var enough = new CancellationTokenSource();
        using var api = DaemonApi.Of(daemon);
        var others = ChangeWithoutPauseAsync(api, enough.Token);
        var changes = new List<string?>();
        for (var run = 0; run < 12; run++)
            changes.Add((await daemon.JsonAsync("apply", "-f", folder["volume.yaml"])).GetProperty("results")[0].GetProperty("change").GetString());
        await enough.CancelAsync();
        Assert.InRange(await others, 12, int.MaxValue);
        Assert.All(changes, change => Assert.Equal("unchanged", change));
    }

    /// <returns>How often.</returns>
    private static async Task<int> ChangeWithoutPauseAsync(DaemonApi api, CancellationToken enough)
    {
        for (var count = 0; ; count++)
        {
            if (enough.IsCancellationRequested)
                return count;
            await api.MergeAsync("volumes", "data", new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["count"] = $"{count}" } } });
            await Task.Delay(2, CancellationToken.None);
        }
    }

    [Fact]
    public async Task What_yaml_prints_can_be_applied_again()
    {
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--label", "tier=gold", "--wait");
        var yaml = (await daemon.MustAsync("get", "volume/data", "-o", "yaml")).Output;
        await File.WriteAllTextAsync(folder["volume.yaml"], yaml.Replace("tier: gold", "tier: silver", StringComparison.Ordinal));
        // The version that was read may be old by now; what a person applies is a wish and not a repetition of what was read.
        await daemon.MustAsync("apply", "-f", folder["volume.yaml"]);
        Assert.Equal("volume.ankole.io/data\n", (await daemon.MustAsync("get", "volumes", "-l", "tier=silver", "-o", "name")).Output);
    }

    [Fact]
    public async Task A_dry_run_of_a_deletion_says_what_goes_and_changes_nothing()
    {
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--attach", "--wait");
        await daemon.MustAsync("snapshot", "create", "data", "one");
        var dry = await daemon.MustAsync("volume", "rm", "data", "--dry-run");
        Assert.Contains("Volume data would be deleted", dry.Output, StringComparison.Ordinal);
        Assert.Contains("goes:  1 snapshot: one", dry.Output, StringComparison.Ordinal);
        Assert.Contains("it has no backup", dry.Output, StringComparison.Ordinal);
        await daemon.MustAsync("snapshot", "show", "one");

        await daemon.MustAsync("volume", "rm", "data", "--wait");
        Assert.Equal(4, (await daemon.RunAsync("volume", "show", "data")).ExitCode);
        Assert.Equal(4, (await daemon.RunAsync("snapshot", "show", "one")).ExitCode);
    }

    [Fact]
    public async Task A_secret_goes_in_and_never_comes_out()
    {
        const string Value = "uncommon-value-4711";
        var environment = daemon.Environment(("AWS_ACCESS_KEY_ID", "id-0815"), ("AWS_SECRET_ACCESS_KEY", Value));
        (await AnkoleCommand.RunWithAsync(environment, "secret", "create", "minio", "--from-env", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")).MustSucceed();
        string[][] looks = [["secret", "ls"], ["secret", "show", "minio"], ["get", "secret/minio", "-o", "yaml"], ["secret", "ls", "-o", "json"], ["events"]];
        foreach (var look in looks)
        {
            var run = await daemon.MustAsync(look);
            Assert.DoesNotContain(Value, run.Output + run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Value)), run.Output, StringComparison.Ordinal);
        }
        Assert.Contains("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY", (await daemon.MustAsync("secret", "ls")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, daemon.Log, StringComparison.Ordinal);
        Assert.Equal(7, (await AnkoleCommand.RunWithAsync(environment, "secret", "create", "minio", "--from-env", "AWS_ACCESS_KEY_ID")).ExitCode);
    }

    [Fact]
    public async Task Errors_have_their_exit_codes_and_say_what_to_do()
    {
        await AssertFailsAsync(4, "Volume 'nothing' does not exist.", "volume", "attach", "nothing");
        await AssertFailsAsync(4, "there is no setting 'colour'", "setting", "set", "colour", "blue");
        await AssertFailsAsync(2, "neither true nor false", "setting", "set", "disable-snapshot-purge", "maybe");
        await AssertFailsAsync(2, "needs a size", "volume", "create", "data");
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi");
        await AssertFailsAsync(7, "exists already", "volume", "create", "data", "--size", "16Mi");
        await AssertFailsAsync(2, "cannot shrink", "volume", "expand", "data", "2Mi");
        File.WriteAllText(folder["wrong-token"], "not-the-token");
        await AssertFailsAsync(6, "", "volume", "ls", "--token-file", folder["wrong-token"]);
        await daemon.StopAsync();
        await AssertFailsAsync(6, "Start it with './run' or 'systemctl start ankoled'", "volume", "ls");
    }

    [Fact]
    public async Task A_wait_goes_on_when_the_daemon_is_killed_and_started_again()
    {
        using var watch = daemon.Start("volume", "ls", "--watch", "-o", "name");
        var lines = watch.StandardOutput;
        await daemon.MustAsync("volume", "create", "first", "--size", "16Mi");
        Assert.Equal("volume.ankole.io/first", await lines.ReadLineAsync());
        await daemon.KillAsync();
        await daemon.StartAgainAsync();
        await daemon.MustAsync("volume", "create", "second", "--size", "16Mi");
        var line = await lines.ReadLineAsync();
        while (line is "volume.ankole.io/first")
            line = await lines.ReadLineAsync();
        watch.Kill();
        Assert.Equal("volume.ankole.io/second", line);
    }

    [Fact]
    public async Task Settings_are_listed_with_their_defaults_set_and_reset()
    {
        await daemon.MustAsync("setting", "set", "backup-compression-method", "gzip");
        Assert.StartsWith("backup-compression-method: 'gzip' (default: 'lz4')", (await daemon.MustAsync("setting", "show", "backup-compression-method")).Output, StringComparison.Ordinal);
        await daemon.MustAsync("setting", "reset", "backup-compression-method");
        Assert.StartsWith("backup-compression-method: 'lz4' (the default)", (await daemon.MustAsync("setting", "show", "backup-compression-method")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_volume_grows_and_is_reverted()
    {
        await daemon.MustAsync("volume", "create", "data", "--size", "16Mi", "--attach", "--wait");
        await daemon.MustAsync("snapshot", "create", "data", "one");
        await daemon.MustAsync("volume", "expand", "data", "32Mi");
        Assert.Equal("33554432", (await daemon.JsonAsync("volume", "show", "data")).GetProperty("status").GetProperty("currentSize").GetString());
        Assert.Equal(1, (await daemon.RunAsync("volume", "revert", "data", "one")).ExitCode);
        await daemon.MustAsync("volume", "detach", "data");
        Assert.Contains("would become what it was at one", (await daemon.MustAsync("volume", "revert", "data", "one", "--dry-run")).Output, StringComparison.Ordinal);
        await daemon.MustAsync("volume", "revert", "data", "one");
    }

    private async Task AssertFailsAsync(int exitCode, string message, params string[] arguments)
    {
        var run = await daemon.RunAsync(arguments);
        Assert.True(run.ExitCode == exitCode && run.Error.Contains(message, StringComparison.Ordinal), $"expected exit code {exitCode} and '{message}', got {run}");
    }
}
