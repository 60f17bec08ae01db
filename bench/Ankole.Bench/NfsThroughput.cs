using System.Diagnostics;
using Ankole.Nfs;

namespace Ankole.Bench;

/// <summary>
/// <c>nfs HOST PORT EXPORT FOLDER</c>: 256 MiB in 16 MiB files written durably over NFS and read back, then the same bytes written with fsync
/// to and read from FOLDER, the folder behind the export: what the disk itself can do.
/// </summary>
internal static class NfsThroughput
{
    private const int FileBytes = 16 << 20;
    private const int Files = 16;

    public static async Task<int> RunAsync(string host, int port, string export, string folder)
    {
        var content = new byte[FileBytes];
        Random.Shared.NextBytes(content);
        var options = new NfsClientOptions { Server = host, Port = port, ExportPath = export };
        await using var client = await NfsClient.ConnectAsync(options, logger: null, CancellationToken.None);
        Console.WriteLine($"{client.Server}");
        for (var round = 1; round <= 3; round++)
        {
            await TimeAsync(round, "nfs   write + commit", async i => await client.WriteFileAsync($"bench/{i}", content, CancellationToken.None));
            await TimeAsync(round, "nfs   read          ", async i => (await client.ReadFileAsync($"bench/{i}", FileBytes, CancellationToken.None))!.Dispose());
            Console.WriteLine($"round {round}  peak memory of this process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
            var local = Directory.CreateDirectory(Path.Combine(folder, "bench-local")).FullName;
            await TimeAsync(round, "local write + fsync ", async i =>
            {
                using var file = File.OpenHandle(Path.Combine(local, $"{i}"), FileMode.Create, FileAccess.Write);
                await RandomAccess.WriteAsync(file, content, 0);
                RandomAccess.FlushToDisk(file);
            });
            await TimeAsync(round, "local read          ", async i => await File.ReadAllBytesAsync(Path.Combine(local, $"{i}")));
            Directory.Delete(local, recursive: true);
        }
        var before = client.Counters.Requests;
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 500; i++)
            await client.WriteFileAsync($"bench/small{i}", content.AsMemory(0, 4096), CancellationToken.None);
        Console.WriteLine($"500 files of 4 KiB, one after the other, durable: {500 / clock.Elapsed.TotalSeconds:0} a second, {client.Counters.Requests - before} requests");
        return 0;
    }

    private static async Task TimeAsync(int round, string name, Func<int, Task> work)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Files; i++)
            await work(i);
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"round {round}  {name}  {FileBytes / 1048576.0 * Files / seconds,7:0} MiB/s  ({(GC.GetTotalAllocatedBytes() - allocated) / 1024} KiB allocated)");
    }
}
