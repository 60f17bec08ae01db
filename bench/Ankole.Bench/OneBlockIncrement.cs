namespace Ankole.Bench;

/// <summary>A 100 GiB volume with one 4 KiB write since the last backup, with few and with many blocks in the store.</summary>
internal static class OneBlockIncrement
{
    public static async Task RunAsync(Workplace workplace)
    {
        foreach (var blocks in new[] { 100, 50_000 })
        {
            var replica = workplace.Empty($"increment-{blocks}");
            Directory.Delete(replica);
            var store = workplace.Empty("increment-store");
            await workplace.AnkoleAsync("replica", "create", replica, "--size", "100Gi");
            await workplace.AnkoleAsync("-q", "replica", "import", replica, "--from", await SparseImageAsync(workplace, blocks));
            await workplace.AnkoleAsync("replica", "snapshot", "create", replica, "first");
            await workplace.AnkoleAsync("-q", "store", "backup", $"replica:{replica}@first", $"file://{store}", "--volume", "bench");
            await workplace.ShellAsync($"printf changed | dd of='{workplace["image"]}' bs=1 seek=2097152 conv=notrunc status=none");
            await workplace.AnkoleAsync("-q", "replica", "import", replica, "--from", workplace["image"]);
            await workplace.AnkoleAsync("replica", "snapshot", "create", replica, "second");
            Console.WriteLine($"{blocks} blocks in the store:");
            var run = await workplace.ShellAsync(
                $"/usr/bin/env time -f 'took %e s, peak memory %M KiB' '{workplace.Ankole}' -q store backup 'replica:{replica}@second' 'file://{store}' --volume bench --stats");
            Console.WriteLine(run.Output + run.Error);
        }
    }

    /// <summary>100 GiB, 8 different bytes at the start of each of the first blocks.</summary>
    private static async Task<string> SparseImageAsync(Workplace workplace, int blocks)
    {
        var path = workplace["image"];
        File.Delete(path);
        await using var file = File.Create(path);
        file.SetLength(100L << 30);
        for (long block = 0; block < blocks; block++)
        {
            file.Position = block << 21;
            await file.WriteAsync(BitConverter.GetBytes(block + 1));
        }
        return path;
    }
}
