using System.Diagnostics;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd;

/// <summary>The real <c>ankole</c>, as a user starts it.</summary>
internal static class AnkoleCommand
{
    /// <summary><c>ANKOLE_BIN</c>, which ./test sets, or what ./run built last.</summary>
    public static string Program { get; } = Find();

    public static Task<ProcessRun> RunAsync(params string[] arguments) => ProcessRun.RunAsync(Program, arguments);

    public static Task<ProcessRun> RunWithAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        ProcessRun.RunAsync(Program, arguments, environment);

    public static async Task<ProcessRun> MustAsync(params string[] arguments) => (await RunAsync(arguments)).MustSucceed();

    /// <summary>Runs with <c>-o json</c>; the command must succeed.</summary>
    public static async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var run = await MustAsync([.. arguments, "-o", "json"]);
        return JsonDocument.Parse(run.Output).RootElement.Clone();
    }

    public static Process Start(params string[] arguments) => ProcessRun.Start(Program, arguments);

    public static Process StartWith(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        ProcessRun.Start(Program, arguments, environment);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("ANKOLE_BIN") is { Length: > 0 } named)
            return named;
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Path.Combine(directory, "artifacts", "ankole", "ankole") is var program && File.Exists(program))
                return program;
        throw new InvalidOperationException("artifacts/ankole/ankole is not built: run ./run --version first, or ./test.");
    }
}
