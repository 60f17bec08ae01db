using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd.Large;

/// <summary>A command that succeeded, with what it took.</summary>
/// <param name="Processor">The time that it had a core, in user mode and in the kernel; the last moments may be missing.</param>
/// <param name="PeakBytes">Most memory that it had resident, as the kernel counts it (VmHWM).</param>
internal sealed record MeasuredRun(JsonElement Result, TimeSpan Elapsed, TimeSpan Processor, long PeakBytes)
{
    public static Task<MeasuredRun> RunAsync(params string[] arguments) => RunWithAsync(new Dictionary<string, string?>(), arguments);

    public static async Task<MeasuredRun> RunWithAsync(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = AnkoleCommand.StartWith(environment, [.. arguments, "-o", "json"]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync();
        var (peak, processor) = (0L, TimeSpan.Zero);
        do
        {
            peak = Math.Max(peak, ReadPeak(process.Id));
            processor = ReadProcessor(process) is var taken && taken > processor ? taken : processor;
        }
        while (await Task.WhenAny(ended, Task.Delay(5)) != ended);
        await ended;
        var elapsed = Stopwatch.GetElapsedTime(started);
        new ProcessRun(string.Join(' ', arguments), process.ExitCode, await output, await error).MustSucceed();
        return new MeasuredRun(JsonDocument.Parse(await output).RootElement.Clone(), elapsed, processor, peak);
    }

    /// <summary>Zero when the process is gone, or on its way.</summary>
    private static TimeSpan ReadProcessor(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            return TimeSpan.Zero;
        }
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
