using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>2 GiB to a gateway and back over a line on which every answer comes a second later. Limit: the line's speed.</summary>
internal static class SlowLine
{
    private const long Size = 2L << 30;

    private const double BytesPerSecond = 40e6;

    /// <summary>From the first second with blocks to the last: before and after are single requests, each of which waits for its answer.</summary>
    private static double Full(IEnumerable<long> bySecond)
    {
        const long Block = 2 << 20;
        var seconds = bySecond.ToList();
        var (first, last) = (seconds.FindIndex(bytes => bytes >= Block), seconds.FindLastIndex(bytes => bytes >= Block));
        Console.WriteLine($"    MB in each second: {string.Join(' ', seconds.Select(bytes => (bytes / 1e6).ToString("0")))}");
        return seconds[first..(last + 1)].Average() / BytesPerSecond;
    }

    public static async Task RunAsync(BenchTarget target, Workplace workplace)
    {
        var source = await workplace.RandomFileAsync(Size);
        await using var proxy = new DelayingProxy(new Uri(target.Variables["AWS_ENDPOINTS"]).Port, TimeSpan.FromSeconds(1), BytesPerSecond);
        var variables = target.Variables.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        variables["AWS_ENDPOINTS"] = $"http://127.0.0.1:{proxy.Port}";
        await MeasureAsync("backup", () => proxy.BytesBySecond.Up, "store", "backup", source, target.Url, "--volume", "slow", "--backup", "backup-slow");
        await MeasureAsync("restore", () => proxy.BytesBySecond.Down, "store", "restore", $"{target.Url}?backup=backup-slow&volume=slow", "--to", workplace["slow-restored"], "--force");

        async Task MeasureAsync(string what, Func<IReadOnlyList<long>> passed, params string[] command)
        {
            var (peak, before) = ("", passed().Count);
            var seconds = await Workplace.SecondsAsync(async () => peak = (await ProcessRun.RunAsync(
                "/usr/bin/env", ["time", "-f", "%M", workplace.Ankole, "-q", .. command], variables)).MustSucceed().Error.Trim().Split('\n')[^1]);
            Console.WriteLine(
                $"{what} of 2 GiB, 1000 ms more per answer: {seconds:0} s, {Size / BytesPerSecond / seconds:0.00} of the line's {BytesPerSecond / 1e6:0} MB/s, {Full(passed().Skip(before)):0.00} while blocks passed; " +
                $"{proxy.MostBusy} requests under way at most; peak memory {int.Parse(peak) / 1024} MiB");
        }
    }
}
