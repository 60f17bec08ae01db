using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd;

/// <summary>A running <c>ankole replica serve</c> or <c>ankole store serve</c>, ready for clients.</summary>
internal sealed class AnkoleServer : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;
    private bool hasEnded;

    private AnkoleServer(Process process, Task<string> errors, string uri)
    {
        this.process = process;
        this.errors = errors;
        ProcessId = process.Id;
        Uri = uri;
    }

    /// <summary>As NBD clients take it.</summary>
    public string Uri { get; }

    public int ProcessId { get; }

    /// <summary>Returns once it serves.</summary>
    /// <param name="arguments">Without <c>-o json</c>, which is added.</param>
    public static async Task<AnkoleServer> StartAsync(params string[] arguments)
    {
        var process = AnkoleCommand.Start([.. arguments, "-o", "json"]);
        var errors = process.StandardError.ReadToEndAsync();
        var announced = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            announced.AppendLine(line);
            if (line.EndsWith('}'))
                return new AnkoleServer(process, errors, JsonDocument.Parse(announced.ToString()).RootElement.GetProperty("uri").GetString()!);
        }
        await process.WaitForExitAsync();
        using (process)
            throw new InvalidOperationException($"ankole {string.Join(' ', arguments)} ended with exit code {process.ExitCode}: {await errors}");
    }

    /// <summary>Serves the head over a socket beside the directory.</summary>
    public static Task<AnkoleServer> ServeReplicaAsync(string directory, params string[] more) =>
        StartAsync(["replica", "serve", directory, "--nbd", $"unix:{directory}.sock", .. more]);

    /// <summary>Ends it as a service manager does; returns what it wrote on standard error.</summary>
    public async Task<string> StopAsync()
    {
        if (!hasEnded)
        {
            if (!process.HasExited)
                Signal.Terminate(process);
            await EndAsync();
        }
        return await errors;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await EndAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task EndAsync()
    {
        await process.WaitForExitAsync();
        hasEnded = true;
        process.Dispose();
    }
}
