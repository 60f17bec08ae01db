namespace Ankole.Bench;

/// <summary>A restore of that backup into a new file. Limit: a plain copy with fsync of the same bytes.</summary>
internal static class RestoreThroughput
{
    private const long Size = 2L << 30;

    public static async Task RunAsync(Workplace workplace)
    {
        var source = await workplace.RandomFileAsync(Size);
        var store = workplace.Empty("restore-store");
        await workplace.AnkoleAsync("-q", "store", "backup", source, $"file://{store}", "--volume", "bench", "--backup", "backup-bench");
        await workplace.ShellAsync($"find '{store}' -type f -exec cat {{}} + > /dev/null; sync");
        List<double> restore = [], copy = [];
        for (var round = 0; round < workplace.Rounds; round++)
        {
            var copied = workplace["copied"];
            copy.Add(Size / 1e6 / await Workplace.SecondsAsync(() => workplace.ShellAsync($"dd if='{source}' of='{copied}' bs=4M conv=fsync status=none")));
            File.Delete(copied);
            await workplace.ShellAsync("sync");
            var restored = workplace["restored"];
            restore.Add(Size / 1e6 / await Workplace.SecondsAsync(() => workplace.AnkoleAsync(
                "-q", "store", "restore", $"file://{store}?backup=backup-bench&volume=bench", "--to", restored)));
            await workplace.ShellAsync($"cmp '{source}' '{restored}'");
            File.Delete(restored);
            await workplace.ShellAsync("sync");
        }
        Figures.Print("restore", restore, "plain copy with fsync", copy, "MB/s", "0.60");
    }
}
