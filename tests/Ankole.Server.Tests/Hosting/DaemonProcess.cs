using System.Diagnostics;
using System.Net.Http.Headers;
using Ankole.Testing;

namespace Ankole.Server.Tests.Hosting;

/// <summary>A real <c>ankoled</c> process on a free port.</summary>
internal sealed class DaemonProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Task<string> output;
    private readonly Task<string> error;

    private DaemonProcess(Process process, string data)
    {
        Process = process;
        Data = data;
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    public string Data { get; }

    public string Token => File.ReadAllText(Path.Combine(Data, "token")).Trim();

    public static string Program => Path.Combine(AppContext.BaseDirectory, "ankoled");

    public static DaemonProcess Start(string data, IReadOnlyDictionary<string, string?>? environment = null, params string[] arguments) =>
        new(ProcessRun.Start(Program, ["--data", data, "--listen", "127.0.0.1:0", .. arguments], environment), data);

    /// <summary>A client with the token, when the daemon is ready.</summary>
    public async Task<HttpClient> ReadyAsync(CancellationToken cancellationToken)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (true)
        {
            if (Process.HasExited)
                Assert.Fail($"ankoled ended with {Process.ExitCode}: {await output}{await error}");
            Assert.True(DateTime.UtcNow < deadline, "ankoled does not get ready");
            if (File.Exists(Path.Combine(Data, "address")) && await TryConnectAsync(cancellationToken) is { } client)
                return client;
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Ends it as a power failure of the process would, and removes what it could not.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        File.Delete(Path.Combine(Data, "address"));
    }

    public async Task<(int ExitCode, string Log)> TerminateAsync()
    {
        Signal.Terminate(Process);
        await Process.WaitForExitAsync().WaitAsync(Patience);
        return (Process.ExitCode, await output + await error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
            Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
    }

    private async Task<HttpClient?> TryConnectAsync(CancellationToken cancellationToken)
    {
        var client = new HttpClient { BaseAddress = new Uri((await File.ReadAllTextAsync(Path.Combine(Data, "address"), cancellationToken)).Trim()), Timeout = Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        try
        {
            using var ready = await client.GetAsync("/readyz", cancellationToken);
            if (ready.IsSuccessStatusCode)
                return client;
        }
        catch (HttpRequestException)
        {
            // It is not there yet.
        }
        client.Dispose();
        return null;
    }
}
