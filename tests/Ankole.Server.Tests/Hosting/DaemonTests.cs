using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Server.Tests.Hosting;

/// <summary>The daemon as a process: how it starts, tells, refuses and ends.</summary>
public sealed class DaemonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_tells_the_service_manager_when_it_serves_and_ends_cleanly_when_asked()
    {
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        await using var daemon = DaemonProcess.Start(folder["data"], new Dictionary<string, string?> { ["NOTIFY_SOCKET"] = folder["notify"] });
        Assert.StartsWith("READY=1\n", await NextAsync(manager), StringComparison.Ordinal);
        using var client = await daemon.ReadyAsync(Token);

        using (var watch = await client.GetAsync("/apis/ankole.io/v1beta1/volumes?watch=true", HttpCompletionOption.ResponseHeadersRead, Token))
        {
            var (code, log) = await daemon.TerminateAsync();
            Assert.True(code == 0, log);
            Assert.Contains("Serving http://127.0.0.1:", log, StringComparison.Ordinal);
            Assert.DoesNotContain(daemon.Token, log, StringComparison.Ordinal);
        }
        Assert.Equal("STOPPING=1", await NextAsync(manager));
        Assert.False(File.Exists(Path.Combine(folder["data"], "address")));
    }

    [Fact]
    public async Task A_second_one_on_the_same_folder_or_port_says_so_and_ends()
    {
        await using var first = DaemonProcess.Start(folder["data"]);
        using var client = await first.ReadyAsync(Token);
        var sameFolder = await ProcessRun.RunAsync(DaemonProcess.Program, ["--data", folder["data"], "--listen", "127.0.0.1:0"], cancellationToken: Token);
        Assert.Equal((int)ErrorKind.Busy, sameFolder.ExitCode);
        Assert.Contains("another ankoled uses", sameFolder.Error, StringComparison.Ordinal);
        var samePort = await ProcessRun.RunAsync(DaemonProcess.Program, ["--data", folder["other"], "--listen", $"127.0.0.1:{client.BaseAddress!.Port}"], cancellationToken: Token);
        Assert.Equal((int)ErrorKind.Busy, samePort.ExitCode);
        Assert.Contains("is in use", samePort.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen 0.0.0.0:7420", "TLS")]
    [InlineData("--listen somewhere", "no address")]
    [InlineData("--lisen 127.0.0.1:7420", "--lisen")]
    [InlineData("--tls-cert x.pem", "together")]
    [InlineData("--tls-cert x.pem --tls-key x.key", "cannot be read")]
    public async Task Wrong_options_are_told_in_one_sentence(string arguments, string expected)
    {
        var run = await ProcessRun.RunAsync(DaemonProcess.Program, ["--data", folder["data"], .. arguments.Split(' ')], cancellationToken: Token);
        Assert.Equal((int)ErrorKind.InvalidInput, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.True(run.Error.Trim().Split('\n').Length <= 2, run.Error);
    }

    /// <summary>Whatever was answered with success is there after a kill, once, and versions go on from where they were.</summary>
    [Fact]
    public async Task Killed_again_and_again_it_keeps_what_it_has_confirmed()
    {
        const int rounds = 5, writers = 4;
        var confirmed = new List<(string Name, long Version)>();
        for (var round = 0; round < rounds; round++)
        {
            await using var daemon = DaemonProcess.Start(folder["data"]);
            using var client = await daemon.ReadyAsync(Token);
            await AssertKeptAsync(client, confirmed);
            var written = 0;
            var tasks = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
            {
                for (var i = 0; ; i++)
                {
                    var name = $"r{round}-w{writer}-{i}";
                    if (await TryCreateAsync(client, name) is not { } version)
                        return;
                    lock (confirmed)
                        confirmed.Add((name, version));
                    Interlocked.Increment(ref written);
                }
            })).ToList();
            while (Volatile.Read(ref written) < 40 * (round + 1))
                await Task.Delay(5, Token);
            await daemon.KillAsync();
            await Task.WhenAll(tasks);
        }
        Assert.Equal(confirmed.Count, confirmed.Select(entry => entry.Version).Distinct().Count());
        await using var last = DaemonProcess.Start(folder["data"]);
        using var end = await last.ReadyAsync(Token);
        await AssertKeptAsync(end, confirmed);
    }

    private static async Task<long?> TryCreateAsync(HttpClient client, string name)
    {
        var body = $$$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{{name}}}"},"stringData":{"key":"{{{name}}}"} }""";
        try
        {
            using var response = await client.PostAsync("/api/v1/namespaces/default/secrets", new StringContent(body, Encoding.UTF8, "application/json"), Token);
            if (response.StatusCode != HttpStatusCode.Created)
                return null;
            return long.Parse((string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["metadata"]!["resourceVersion"]!);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private static async Task AssertKeptAsync(HttpClient client, List<(string Name, long Version)> confirmed)
    {
        var list = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces/default/secrets", Token))!;
        var stored = list["items"]!.AsArray().ToDictionary(item => (string)item!["metadata"]!["name"]!, item => long.Parse((string)item!["metadata"]!["resourceVersion"]!));
        foreach (var (name, version) in confirmed)
            Assert.Equal(version, Assert.Contains(name, (IDictionary<string, long>)stored));
        Assert.True(confirmed.Count == 0 || long.Parse((string)list["metadata"]!["resourceVersion"]!) >= confirmed.Max(entry => entry.Version));
    }

    private static async Task<string> NextAsync(Socket socket)
    {
        var buffer = new byte[1024];
        var length = await socket.ReceiveAsync(buffer, Token).AsTask().WaitAsync(TimeSpan.FromMinutes(3), Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
