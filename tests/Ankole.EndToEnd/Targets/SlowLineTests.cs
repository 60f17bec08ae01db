using Ankole.EndToEnd.Large;
using Ankole.Testing;

namespace Ankole.EndToEnd.Targets;

/// <summary>A server behind a line on which every answer comes seconds later.</summary>
[Collection(TargetServers.Collection)]
public sealed class SlowLineTests(TargetServers servers, ITestOutputHelper output) : IDisposable
{
    private const int ImageBytes = 320 << 20, BlockBytes = 2 << 20;

    private const int LeastBusy = 20;

    private const double BytesPerSecond = 40e6;

    /// <summary>What a process may have resident at most, whatever it does (docs/design.md).</summary>
    private const long MostMemory = 256 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_line_of_seconds_is_filled_with_blocks_under_way_and_memory_stays_in_bounds()
    {
        var (target, environment) = await servers.NewTargetAsync("s3");
        // So long that the line is what is slow, not the machine: 20 are under way where it makes seven blocks a second.
        await using var proxy = new DelayingProxy(new Uri(environment["AWS_ENDPOINTS"]!).Port, TimeSpan.FromSeconds(3), BytesPerSecond);
        environment["AWS_ENDPOINTS"] = $"http://127.0.0.1:{proxy.Port}";
        var image = folder["image"];
        await using (var file = File.Create(image))
        {
            var noise = new byte[BlockBytes];
            var random = new Random(1);
            for (var written = 0; written < ImageBytes; written += noise.Length)
            {
                random.NextBytes(noise);
                await file.WriteAsync(noise);
            }
        }

        var backup = await MeasuredRun.RunWithAsync(environment, "store", "backup", image, target, "--volume", "vol", "--backup", "b1");
        Report("backup", backup, proxy.MostBusy);
        var restore = await MeasuredRun.RunWithAsync(environment, "store", "restore", $"{target}?backup=b1&volume=vol", "--to", folder["restored"]);
        Report("restore", restore, proxy.MostBusy);
        Assert.Equal(await FileHash.OfAsync(image), await FileHash.OfAsync(folder["restored"]));

        // It begins with 8, which would carry 5 MiB a second. So many that the line fills up, and no more than the memory is for.
        Assert.InRange(proxy.MostBusy, LeastBusy, 64);
        Assert.InRange(backup.PeakBytes, 1, MostMemory);
        Assert.InRange(restore.PeakBytes, 1, MostMemory);
    }

    private void Report(string what, MeasuredRun run, int mostBusy) => output.WriteLine(
        $"{what} of {ImageBytes >> 20} MiB: {run.Elapsed.TotalSeconds:0.0} s, at the line's speed {ImageBytes / BytesPerSecond:0.0} s; " +
        $"{mostBusy} under way at most; peak memory {run.PeakBytes >> 20} MiB");
}
