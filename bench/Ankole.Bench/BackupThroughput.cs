using System.Globalization;

namespace Ankole.Bench;

/// <summary>
/// A first lz4 backup of 2 GiB of incompressible bytes into a directory, durable before its record is written. Limits: what both cores can hash, since every
/// byte has to be hashed once, and a plain copy with fsync, since every byte has to be on the disk. Memory: the process's peak, at most 256 MiB.
/// </summary>
internal static class BackupThroughput
{
    private const long Size = 2L << 30;

    public static async Task RunAsync(Workplace workplace)
    {
        var source = await workplace.RandomFileAsync(Size);
        List<double> backup = [], hashing = [], copy = [];
        var peakKiB = 0L;
        for (var round = 0; round < workplace.Rounds; round++)
        {
            hashing.Add(await HashRateAsync(workplace));
            copy.Add(await CopyRateAsync(workplace, source));
            // A store for each round: ext4 searches long for a free inode where a thousand were deleted just before.
            var store = workplace.Empty($"store-{round}");
            await workplace.ShellAsync("sync");
            backup.Add(Size / 1e6 / await Workplace.SecondsAsync(async () =>
            {
                var run = await workplace.ShellAsync(
                    $"/usr/bin/env time -f %M '{workplace.Ankole}' -q store backup '{source}' 'file://{store}' --volume bench --compression lz4");
                peakKiB = Math.Max(peakKiB, long.Parse(run.Error.Trim().Split('\n')[^1], CultureInfo.InvariantCulture));
            }));
        }
        Figures.Print("first backup", backup, "openssl speed sha512, both cores", hashing, "MB/s", "0.40");
        Figures.Print("first backup", backup, "plain copy with fsync", copy, "MB/s", "none, the disk's limit");
        Console.WriteLine($"  peak memory {peakKiB / 1024} MiB; goal at most 256 MiB");
    }

    private static async Task<double> CopyRateAsync(Workplace workplace, string source)
    {
        var seconds = await Workplace.SecondsAsync(() => workplace.ShellAsync($"dd if='{source}' of=copied bs=4M conv=fsync status=none"));
        await workplace.ShellAsync("rm copied; sync");
        return Size / 1e6 / seconds;
    }

    private static async Task<double> HashRateAsync(Workplace workplace)
    {
        var run = await workplace.ShellAsync("openssl speed -bytes 2097152 -seconds 2 -multi $(nproc) sha512 2>/dev/null | tail -n 1");
        return double.Parse(run.Output.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].TrimEnd('k'), CultureInfo.InvariantCulture) / 1e3;
    }
}
