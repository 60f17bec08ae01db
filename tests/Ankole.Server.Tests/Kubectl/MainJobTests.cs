using System.Security.Cryptography;
using Ankole.Server.Tests.Hosting;
using Ankole.Testing;

namespace Ankole.Server.Tests.Kubectl;

/// <summary>The main job with nothing but a daemon, <c>kubectl</c> and an NBD client: a volume, a snapshot, two backups, a restore, a job.</summary>
public sealed class MainJobTests : IAsyncLifetime
{
    private const int Size = 64 << 20;
    private readonly TemporaryFolder folder = new();
    private DaemonProcess daemon = null!;
    private string node = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        RealKubectl.Require();
        RealKubectl.Require("nbdcopy", "libnbd-bin");
        Directory.CreateDirectory(folder["backups"]);
        daemon = DaemonProcess.Start(folder["data"], null, "--default-target", "file://" + folder["backups"]);
        (await daemon.ReadyAsync(Token)).Dispose();
        // No backup is taken to a target that was not looked at yet.
        await KubectlAsync("wait", "backuptarget/default", "--for=jsonpath={.status.available}=true", "--timeout=300s");
        node = await KubectlAsync("get", "nodes.ankole.io", "-o", "jsonpath={.items[0].metadata.name}");
    }

    public async ValueTask DisposeAsync()
    {
        if (daemon is not null)
            await daemon.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task What_was_written_comes_back_from_the_backup_and_jobs_keep_to_their_count()
    {
        await ApplyAsync(Volume("db", "size: 64Mi"));
        var endpoint = await EndpointAsync("db");
        await WriteAsync(endpoint, "first");
        await BackUpAsync("one", "incremental: false");
        await WriteAsync(endpoint, "second");
        await BackUpAsync("two", "incremental: true");

        var url = await KubectlAsync("get", "backup", "one", "-o", "jsonpath={.status.url}");
        await ApplyAsync(Volume("copy", $"fromBackup: '{url}'"));
        await RunAsync("nbdcopy", await EndpointAsync("copy"), folder["restored"]);
        Assert.Equal(await HashAsync("first"), await HashAsync("restored"));

        await ApplyAsync("""
            apiVersion: ankole.io/v1beta1
            kind: RecurringJob
            metadata: {name: minutely}
            spec: {task: snapshot, cron: "* * * * *", retain: 1, groups: [default]}
            """);
        await KubectlAsync("wait", "recurringjob.ankole.io/minutely", "--for=jsonpath={.status.executionCount}=2", "--timeout=300s");
        await KubectlAsync("patch", "recurringjob.ankole.io", "minutely", "--type=merge", "-p", """{"spec":{"suspend":true}}""");
        await UntilAsync(async () => (await KubectlAsync("get", "recurringjob.ankole.io", "minutely", "-o", "jsonpath={.status.active}")).Length == 0);
        await UntilAsync(async () => (await KubectlAsync("get", "snapshots", "-o", "jsonpath={range .items[?(@.spec.volume==\"db\")]}{.spec.labels.RecurringJob}{.status.markRemoved} {end}"))
            .Split(' ').Count(entry => entry == "minutelyfalse") == 1);

        await KubectlAsync("delete", "volume", "copy", "--timeout=120s");
        await KubectlAsync("delete", "backup", "one", "--timeout=120s");
        Assert.Contains("two", await KubectlAsync("get", "backups"), StringComparison.Ordinal);
    }

    private async Task BackUpAsync(string name, string kind)
    {
        await ApplyAsync($"""
            apiVersion: ankole.io/v1beta1
            kind: Snapshot
            metadata:
              name: snap-{name}
            spec:
              volume: db
              createSnapshot: true
            ---
            apiVersion: ankole.io/v1beta1
            kind: Backup
            metadata:
              name: {name}
            spec:
              volumeName: db
              snapshotName: snap-{name}
            """);
        await KubectlAsync("wait", "backup/" + name, "--for=jsonpath={.status.state}=Completed", "--timeout=300s");
        Assert.Contains(kind, await KubectlAsync("get", "backup", name, "-o", "yaml"), StringComparison.Ordinal);
    }

    private string Volume(string name, string source) => $"""
        apiVersion: ankole.io/v1beta1
        kind: Volume
        metadata:
          name: {name}
        spec:
          numberOfReplicas: 1
          {source}
          attachmentTickets:
            me:
              type: longhorn-api
              nodeID: {node}
        """;

    private async Task<string> EndpointAsync(string volume)
    {
        await KubectlAsync("wait", "volume/" + volume, "--for=jsonpath={.status.state}=attached", "--timeout=300s");
        return await KubectlAsync("get", "volume", volume, "-o", "jsonpath={.status.endpoint}");
    }

    private async Task WriteAsync(string endpoint, string file)
    {
        await File.WriteAllBytesAsync(folder[file], RandomNumberGenerator.GetBytes(Size), Token);
        await RunAsync("nbdcopy", "--flush", folder[file], endpoint);
    }

    private async Task<string> HashAsync(string file)
    {
        await using var stream = File.OpenRead(folder[file]);
        return Convert.ToHexString(await SHA256.HashDataAsync(stream, Token));
    }

    private async Task ApplyAsync(string manifest)
    {
        await File.WriteAllTextAsync(folder["manifest.yaml"], manifest, Token);
        await KubectlAsync("apply", "-f", folder["manifest.yaml"]);
    }

    private Task<string> KubectlAsync(params string[] arguments) =>
        RunAsync("kubectl", [$"--kubeconfig={Path.Combine(folder["data"], "kubeconfig")}", $"--cache-dir={folder["cache"]}", .. arguments]);

    private static async Task<string> RunAsync(string program, params string[] arguments) =>
        (await ProcessRun.RunAsync(program, arguments, cancellationToken: Token)).MustSucceed().Output;

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow.AddMinutes(5);
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "it does not come about");
            await Task.Delay(500, Token);
        }
    }
}
