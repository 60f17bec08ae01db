using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Daemon;

/// <summary>The real <c>ankoled</c> on a data folder of its own and a free port, and <c>ankole</c> that finds it there.</summary>
internal sealed class AnkoleDaemon : IAsyncDisposable
{
    /// <summary>A loaded machine starts it in a few seconds; past this it does not start.</summary>
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly StringBuilder log = new();

    /// <summary>The same at every start: clients come back to it.</summary>
    private readonly ReservedPort port = new();
    private Process? process;

    private AnkoleDaemon(string data) => Data = data;

    /// <summary>Its data folder.</summary>
    public string Data { get; }

    public int ProcessId => process!.Id;

    /// <summary>What it wrote on both outputs so far.</summary>
    public string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    /// <summary>Returns once it is ready.</summary>
    public static async Task<AnkoleDaemon> StartAsync(string data)
    {
        var daemon = new AnkoleDaemon(data);
        await daemon.StartAgainAsync();
        return daemon;
    }

    /// <summary>After <see cref="KillAsync"/> or <see cref="StopAsync"/>; returns once it is ready.</summary>
    public async Task StartAgainAsync()
    {
        Launch();
        await UntilReadyAsync();
    }

    /// <summary>Starts the process and waits for nothing.</summary>
    public void Launch()
    {
        if (File.Exists(Address))
            File.Delete(Address);
        process = ProcessRun.Start(Program(), ["--data", Data, "--listen", $"127.0.0.1:{port.Number}"]);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public async Task UntilReadyAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        using var http = new HttpClient();
        while (!(File.Exists(Address) && await IsReadyAsync(http, await File.ReadAllTextAsync(Address, deadline.Token))))
        {
            Assert.False(process!.HasExited, $"ankoled ended with exit code {(process.HasExited ? process.ExitCode : 0)}:\n{Log}");
            Assert.False(deadline.IsCancellationRequested, $"ankoled was not ready after {StartDeadline}:\n{Log}");
            await Task.Delay(Glance, CancellationToken.None);
        }
    }

    /// <summary>The file that says where it listens.</summary>
    private string Address => Path.Combine(Data, "address");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>As a service manager ends it; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal.Terminate(process!);
        await process!.WaitForExitAsync();
        return process.ExitCode;
    }

    public Task<ProcessRun> RunAsync(params string[] arguments) => AnkoleCommand.RunWithAsync(Environment(), arguments);

    public async Task<ProcessRun> MustAsync(params string[] arguments) => (await RunAsync(arguments)).MustSucceed();

    /// <summary>Runs with <c>-o json</c>; the command must succeed.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) => JsonDocument.Parse((await MustAsync([.. arguments, "-o", "json"])).Output).RootElement.Clone();

    public Process Start(params string[] arguments) => ProcessRun.Start(AnkoleCommand.Program, arguments, Environment());

    public Dictionary<string, string?> Environment(params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string?> { ["ANKOLE_DATA"] = Data };
        foreach (var (name, value) in more)
            environment[name] = value;
        return environment;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        port.Dispose();
    }

    private void Append(string? line)
    {
        lock (log)
            log.AppendLine(line);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string address)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{address.Trim()}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException)
        {
            return false;
        }
    }

    /// <summary><c>ANKOLED_BIN</c>, or what the solution's build left.</summary>
    public static string Program()
    {
        if (System.Environment.GetEnvironmentVariable("ANKOLED_BIN") is { Length: > 0 } named)
            return named;
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Path.Combine(directory, "src/Ankole.Server/bin/Release/net10.0/ankoled") is var program && File.Exists(program))
                return program;
        throw new InvalidOperationException("ankoled is not built: run 'dotnet build -c Release' first, or ./test.");
    }
}
