using System.Diagnostics;
using System.Globalization;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>A volume of 1 TiB with 2 GiB of scattered data: what opening it takes. Goal: less than 64 MiB of process memory in all.</summary>
internal static class OpenMemory
{
    private const long Size = 1L << 40, Stored = 2L << 30;

    public static async Task RunAsync(Workplace workplace)
    {
        foreach (var runBytes in new[] { 64 << 10, 4 << 10 })
        {
            var replica = workplace[$"open-{runBytes}"];
            await workplace.AnkoleAsync("replica", "create", replica, "--size", "1Ti");
            await ScatterAsync(Directory.EnumerateFiles(replica, "volume-head-*.img").Single(), runBytes);
            await MeasureAsync(workplace, replica, runBytes);
            Directory.Delete(replica, recursive: true);
        }
    }

    private static async Task ScatterAsync(string path, int runBytes)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        var bytes = new byte[runBytes];
        Random.Shared.NextBytes(bytes);
        var runs = Stored / runBytes;
        for (var run = 0L; run < runs; run++)
        {
            file.Position = run * (Size / runs);
            await file.WriteAsync(bytes);
        }
        file.Flush(flushToDisk: true);
    }

    private static async Task MeasureAsync(Workplace workplace, string replica, int runBytes)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = ProcessRun.Start(workplace.Ankole, ["-q", "replica", "serve", replica, "--nbd", $"unix:{workplace[$"open-{runBytes}.sock"]}"]);
        if (await process.StandardOutput.ReadLineAsync() is null)
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var peakKiB = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ')[^2];
        process.Kill();
        await process.WaitForExitAsync();
        Console.WriteLine(
            $"1 TiB with {Stored / runBytes} runs of {runBytes >> 10} KiB: open after {seconds:0.00} s, peak {long.Parse(peakKiB, CultureInfo.InvariantCulture) / 1024} MiB; goal less than 64 MiB");
    }
}
