using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>2 GiB to a gateway and back over a line on which every answer comes a second later. Limit: the line's speed.</summary>
internal static class SlowLine
{
    private const long Size = 2L << 30;

    private const double BytesPerSecond = 40e6;

    public static async Task RunAsync(BenchTarget target, Workplace workplace)
    {
        var source = await workplace.RandomFileAsync(Size);
        await using var proxy = new DelayingProxy(new Uri(target.Variables["AWS_ENDPOINTS"]).Port, TimeSpan.FromSeconds(1), BytesPerSecond);
        var variables = target.Variables.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        variables["AWS_ENDPOINTS"] = $"http://127.0.0.1:{proxy.Port}";
        await MeasureAsync("backup", "store", "backup", source, target.Url, "--volume", "slow", "--backup", "backup-slow");
        await MeasureAsync("restore", "store", "restore", $"{target.Url}?backup=backup-slow&volume=slow", "--to", workplace["slow-restored"], "--force");

        async Task MeasureAsync(string what, params string[] command)
        {
            var peak = "";
            var seconds = await Workplace.SecondsAsync(async () => peak = (await ProcessRun.RunAsync(
                "/usr/bin/env", ["time", "-f", "%M", workplace.Ankole, "-q", .. command], variables)).MustSucceed().Error.Trim().Split('\n')[^1]);
            Console.WriteLine(
                $"{what} of 2 GiB, 1000 ms more per answer: {seconds:0} s, {Size / BytesPerSecond / seconds:0.00} of the line's {BytesPerSecond / 1e6:0} MB/s; " +
                $"{proxy.MostBusy} requests under way at most; peak memory {int.Parse(peak) / 1024} MiB");
        }
    }
}
