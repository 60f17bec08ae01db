using System.Diagnostics;
using Ankole.Volumes;

namespace Ankole.Bench;

/// <summary>
/// 4 KiB random reads and writes straight on a replica, at one and at 32 requests in flight, with a chain of snapshots whose blocks are mixed.
/// Prints operations per second and the bytes each one allocated (limit: none).
/// </summary>
internal static class ReplicaRandomIo
{
    private const long Size = 256L << 20;
    private const int Block = 4096;

    public static async Task RunAsync(string directory, int snapshots)
    {
        var path = Path.Combine(directory, $"bench-{Guid.NewGuid():N}");
        await Replica.CreateAsync(path, Size, new ReplicaOptions(), default);
        try
        {
            await using var replica = await Replica.OpenAsync(path, new ReplicaOptions(), default);
            await FillAsync(replica, snapshots);
            foreach (var depth in (int[])[1, 32])
            {
                await MeasureAsync($"read   depth {depth,2}", replica, depth, write: false);
                await MeasureAsync($"write  depth {depth,2}", replica, depth, write: true);
            }
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static async Task FillAsync(Replica replica, int snapshots)
    {
        var chunk = new byte[1 << 20];
        Random.Shared.NextBytes(chunk);
        for (var offset = 0L; offset < Size; offset += chunk.Length)
            await replica.WriteAsync(offset, chunk, default);
        for (var i = 0; i < snapshots; i++)
        {
            await replica.SnapshotAsync($"s{i:00}", null, default);
            for (var block = 0; block < 3000; block++)
                await replica.WriteAsync(Random.Shared.NextInt64(Size / Block) * Block, chunk.AsMemory(0, Block), default);
        }
        Console.WriteLine($"{snapshots} snapshots, {Size >> 20} MiB");
    }

    private static async Task MeasureAsync(string what, Replica replica, int depth, bool write)
    {
        var seconds = TimeSpan.FromSeconds(2);
        var before = GC.GetTotalAllocatedBytes();
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, depth).Select(lane => Task.Run(async () =>
        {
            var random = new Random(lane);
            var buffer = new byte[Block];
            var done = 0L;
            while (clock.Elapsed < seconds)
            {
                for (var i = 0; i < 64; i++, done++)
                {
                    var offset = random.NextInt64(Size / Block) * Block;
                    if (write)
                        await replica.WriteAsync(offset, buffer, default);
                    else
                        await replica.ReadAsync(offset, buffer, default);
                }
            }
            return done;
        })));
        var operations = counts.Sum();
        Console.WriteLine(
            $"{what}  {operations / clock.Elapsed.TotalSeconds,10:n0}/s  {(double)(GC.GetTotalAllocatedBytes() - before) / operations,6:n2} bytes allocated each");
    }
}
