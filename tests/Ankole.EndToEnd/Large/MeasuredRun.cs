using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Large;

/// <summary>A command that succeeded, with what it took.</summary>
/// <param name="PeakBytes">Most memory that it had resident, as the kernel counts it (VmHWM).</param>
internal sealed record MeasuredRun(JsonElement Result, TimeSpan Elapsed, long PeakBytes)
{
    public static Task<MeasuredRun> RunAsync(params string[] arguments) => RunWithAsync(new Dictionary<string, string?>(), arguments);

    public static async Task<MeasuredRun> RunWithAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = AnkoleCommand.StartWith(environment, [.. arguments, "-o", "json"]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync();
        var peak = 0L;
        do
            peak = Math.Max(peak, ReadPeak(process.Id));
        while (await Task.WhenAny(ended, Task.Delay(5)) != ended);
        await ended;
        var elapsed = Stopwatch.GetElapsedTime(started);
        new ProcessRun(string.Join(' ', arguments), process.ExitCode, await output, await error).MustSucceed();
        return new MeasuredRun(JsonDocument.Parse(await output).RootElement.Clone(), elapsed, peak);
    }

    /// <summary>0 when the process is gone, or on its way.</summary>
    private static long ReadPeak(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
