using Ankole.Server.Tests.Api;
using Ankole.Testing;

namespace Ankole.Server.Tests.Kubectl;

/// <summary>The unmodified client against the API. Each test has a server of its own.</summary>
public sealed class KubectlTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private ApiServer server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        RealKubectl.Require();
        server = await ApiServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Server_certificate_and_token_on_the_command_line_are_all_it_needs()
    {
        var run = await ProcessRun.RunAsync(
            "kubectl",
            [
                $"--server=https://127.0.0.1:{server.Address.Port}", $"--certificate-authority={server.Folder.Certificate}", $"--token={server.Token}",
                $"--cache-dir={folder["cache"]}", "get", "volumes",
            ],
            cancellationToken: Token);
        Assert.Equal("No resources found", run.MustSucceed().Error.Trim());
    }

    [Fact]
    public async Task A_volume_is_applied_shown_changed_and_deleted()
    {
        var file = await WriteAsync("volume.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata:
              name: data-1
              labels: {app: web}
            spec:
              size: 1Gi
              numberOfReplicas: 1
            """);
        Assert.Contains("created", await KubectlAsync("apply", "-f", file), StringComparison.Ordinal);
        await KubectlAsync("apply", "-f", file);
        var table = await KubectlAsync("get", "volumes");
        Assert.Matches(@"NAME\s+STATE\s+ROBUSTNESS\s+SIZE", table);
        Assert.Matches(@"data-1\s+1GiB", table);
        Assert.Contains("ENDPOINT", await KubectlAsync("get", "vol", "-o", "wide"), StringComparison.Ordinal);
        Assert.Equal("volume.ankole.io/data-1", (await KubectlAsync("get", "av", "-l", "app=web", "-o", "name")).Trim());
        Assert.Equal("1073741824", await KubectlAsync("get", "volume/data-1", "-o", "jsonpath={.spec.size}"));

        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Token)).Replace("1Gi", "2Gi", StringComparison.Ordinal), Token);
        Assert.Contains("+  size:", (await RunAsync("diff", "-f", file)).Output, StringComparison.Ordinal);
        Assert.Contains("configured", await KubectlAsync("apply", "-f", file), StringComparison.Ordinal);
        await KubectlAsync("label", "volume", "data-1", "tier=1");
        await KubectlAsync("annotate", "volume", "data-1", "note=hello");
        await KubectlAsync("patch", "volume", "data-1", "--type=merge", "-p", """{"spec":{"snapshotMaxCount":7}}""");
        await KubectlAsync("patch", "volume", "data-1", "--type=json", "-p", """[{"op":"replace","path":"/spec/snapshotMaxCount","value":8}]""");
        Assert.Equal("2147483648 8 1 hello", await KubectlAsync("get", "volume", "data-1", "-o", "jsonpath={.spec.size} {.spec.snapshotMaxCount} {.metadata.labels.tier} {.metadata.annotations.note}"));

        var described = await KubectlAsync("describe", "volume", "data-1");
        Assert.Matches(@"Size:\s+2147483648", described);
        Assert.Matches(@"Events:\s+<none>", described);
        Assert.Contains("deleted", await KubectlAsync("delete", "-f", file), StringComparison.Ordinal);
        Assert.Contains("(NotFound)", (await RunAsync("get", "volume", "data-1")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_are_shown_all_at_once()
    {
        var file = await WriteAsync("bad.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: bad-1}
            spec: {sise: 1Gi, nonsense: true, size: 1Gi, numberOfReplicas: 1}
            """);
        var unknown = (await RunAsync("apply", "-f", file)).Error;
        Assert.Contains("unknown field \"spec.sise\"", unknown, StringComparison.Ordinal);
        Assert.Contains("unknown field \"spec.nonsense\"", unknown, StringComparison.Ordinal);
        Assert.Contains("unknown field", (await RunAsync("apply", "--validate=warn", "-f", file)).Error, StringComparison.Ordinal);

        await WriteAsync("bad.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: bad-2}
            spec: {size: lots, numberOfReplicas: 99}
            """);
        var invalid = (await RunAsync("create", "-f", file)).Error;
        Assert.Contains("spec.size", invalid, StringComparison.Ordinal);
        Assert.Contains("spec.numberOfReplicas", invalid, StringComparison.Ordinal);
        Assert.Contains("dry run", await KubectlAsync("apply", "--dry-run=server", "-f", await WriteAsync("good.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: good-1}
            spec: {size: 1Gi, numberOfReplicas: 1}
            """)), StringComparison.Ordinal);
        Assert.Equal("volume.ankole.io/bad-1", (await KubectlAsync("get", "volumes", "-o", "name")).Trim());
        Assert.Contains("server-side apply is not supported", (await RunAsync("apply", "--server-side", "-f", folder["good.yaml"])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_knows_the_fields()
    {
        Assert.Contains("rounded up to whole 2 MiB", await KubectlAsync("explain", "volume.spec.size"), StringComparison.Ordinal);
        Assert.Contains("backupTargetURL", await KubectlAsync("explain", "abt.spec"), StringComparison.Ordinal);
        Assert.Contains("cron", await KubectlAsync("explain", "recurringjobs", "--recursive"), StringComparison.Ordinal);
        Assert.Contains("stringData", await KubectlAsync("explain", "secret"), StringComparison.Ordinal);
        Assert.Contains("recurringjobs", await KubectlAsync("api-resources", "--api-group=longhorn.io"), StringComparison.Ordinal);
        Assert.Contains("ankole", await KubectlAsync("version"), StringComparison.Ordinal);
        Assert.Contains("ankole-system", await KubectlAsync("get", "ns"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wait_and_watch_see_changes()
    {
        var file = await WriteAsync("volume.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: data-1}
            spec: {size: 1Gi, numberOfReplicas: 1}
            """);
        await KubectlAsync("apply", "-f", file);
        using var watch = ProcessRun.Start("kubectl", [$"--kubeconfig={server.Folder.Kubeconfig}", $"--cache-dir={folder["cache"]}", "get", "volume", "data-1", "-w", "--output-watch-events"]);
        Assert.Contains("EVENT", await watch.StandardOutput.ReadLineAsync(Token), StringComparison.Ordinal);
        Assert.Matches(@"ADDED\s+data-1", await watch.StandardOutput.ReadLineAsync(Token));

        var wait = RunAsync("wait", "volume/data-1", "--for=jsonpath={.status.state}=attached", "--timeout=120s");
        await KubectlAsync("patch", "volume", "data-1", "--subresource=status", "--type=merge", "-p", """{"status":{"state":"attached","observedGeneration":1,"conditions":[{"type":"Ready","status":"True"}]}}""");
        (await wait).MustSucceed();
        await KubectlAsync("wait", "volume/data-1", "--for=condition=Ready", "--timeout=120s");
        Assert.Matches(@"MODIFIED\s+data-1\s+attached", await watch.StandardOutput.ReadLineAsync(Token));

        var gone = RunAsync("wait", "volume/data-1", "--for=delete", "--timeout=120s");
        await KubectlAsync("delete", "volume", "data-1");
        (await gone).MustSucceed();
        Assert.Matches(@"DELETED\s+data-1", await watch.StandardOutput.ReadLineAsync(Token));
        watch.Kill();
    }

    [Fact]
    public async Task Secrets_are_made_and_changed_and_never_shown()
    {
        const string value = "correct-horse-battery-staple";
        await KubectlAsync("create", "secret", "generic", "s3", "-n", "ankole-system", $"--from-literal=AWS_SECRET_ACCESS_KEY={value}");
        var file = await WriteAsync("secret.yaml", $$"""
            apiVersion: v1
            kind: Secret
            metadata: {name: nfs, namespace: ankole-system}
            stringData: {password: {{value}}}
            """);
        await KubectlAsync("apply", "-f", file);
        await KubectlAsync("apply", "-f", file);
        var shown = await KubectlAsync("get", "secrets", "-A", "-o", "yaml") + await KubectlAsync("describe", "secret", "nfs", "-n", "ankole-system") + await KubectlAsync("get", "secrets", "-A");
        Assert.DoesNotContain(value, shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value))[..^4], shown, StringComparison.Ordinal);
        var stored = (Control.SecretResource)(await server.Store.GetAsync(new Control.ResourceKey(Control.Kinds.Secret, "ankole-system", "nfs"), Token))!;
        Assert.Equal(value, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(stored.Data["password"])));
        await KubectlAsync("delete", "secret", "s3", "nfs", "-n", "ankole-system");
    }

    [Fact]
    public async Task A_recurring_job_of_longhorn_is_applied_as_it_is()
    {
        var file = await WriteAsync("job.yaml", """
            apiVersion: longhorn.io/v1beta2
            kind: RecurringJob
            metadata: {name: snapshot-1, namespace: longhorn-system}
            spec:
              cron: "* * * * *"
              task: snapshot
              groups: [default, group1]
              retain: 1
              concurrency: 2
              labels: {label/1: a, label/2: b}
            """);
        await KubectlAsync("apply", "-f", file);
        Assert.Matches(@"snapshot-1\s+snapshot\s+\* \* \* \* \*\s+1\s+default,group1", await KubectlAsync("get", "recurringjobs.ankole.io"));
        Assert.Matches(@"snapshot-1", await KubectlAsync("get", "lhrj", "-n", "longhorn-system"));
        await KubectlAsync("delete", "-f", file, "--wait=false");
    }

    [Fact]
    public async Task An_edit_is_stored()
    {
        await KubectlAsync("apply", "-f", await WriteAsync("volume.yaml", """
            apiVersion: ankole.io/v1beta1
            kind: Volume
            metadata: {name: data-1}
            spec: {size: 1Gi, numberOfReplicas: 1}
            """));
        var editor = await WriteAsync("editor.sh", "#!/bin/sh\nsed -i 's/snapshotMaxCount: .*/snapshotMaxCount: 9/' \"$1\"\n");
        File.SetUnixFileMode(editor, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var run = await ProcessRun.RunAsync(
            "kubectl", [$"--kubeconfig={server.Folder.Kubeconfig}", $"--cache-dir={folder["cache"]}", "edit", "volume", "data-1"],
            new Dictionary<string, string?> { ["KUBE_EDITOR"] = editor }, Token);
        Assert.Contains("edited", run.MustSucceed().Output, StringComparison.Ordinal);
        Assert.Equal("9", await KubectlAsync("get", "volume", "data-1", "-o", "jsonpath={.spec.snapshotMaxCount}"));
    }

    private async Task<string> KubectlAsync(params string[] arguments) => (await RunAsync(arguments)).MustSucceed().Output;

    private Task<ProcessRun> RunAsync(params string[] arguments) =>
        ProcessRun.RunAsync("kubectl", [$"--kubeconfig={server.Folder.Kubeconfig}", $"--cache-dir={folder["cache"]}", .. arguments], cancellationToken: Token);

    private async Task<string> WriteAsync(string name, string content)
    {
        await File.WriteAllTextAsync(folder[name], content, Token);
        return folder[name];
    }
}
