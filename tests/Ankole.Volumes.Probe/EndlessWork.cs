using System.Buffers.Binary;
using System.Globalization;

namespace Ankole.Volumes.Probe;

/// <summary>
/// Writes, flushes, snapshots, removes and purges until the process is killed, and says on standard output what is safe by now: <c>flush N</c>, every
/// write up to the N-th; <c>snapshot NAME N</c>, a snapshot that holds exactly those; <c>removing NAME</c>.
/// </summary>
internal static class EndlessWork
{
    /// <summary>The N-th write puts N into every 8 bytes of this block.</summary>
    private static long BlockOf(long write) => write * 7919 % 1024;

    public static async Task RunAsync(Replica replica, int seed)
    {
        var random = new Random(seed);
        var block = new byte[4096];
        var kept = new Queue<string>();
        for (var write = 1L; ; write++)
        {
            for (var at = 0; at < block.Length; at += 8)
                BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(at), write);
            await replica.WriteAsync(BlockOf(write) * 4096, block, default);
            switch (random.Next(40))
            {
                case < 3:
                    await replica.FlushAsync(default);
                    Say($"flush {write}");
                    break;
                case 3:
                    var name = string.Create(CultureInfo.InvariantCulture, $"at-{write}");
                    await replica.SnapshotAsync(name, null, default);
                    kept.Enqueue(name);
                    Say($"snapshot {name} {write}");
                    break;
                case 4 when kept.Count > 3:
                    Say($"removing {kept.Peek()}");
                    await replica.RemoveAsync(kept.Dequeue(), default);
                    break;
                case 5:
                    await replica.PurgeAsync(null, default);
                    break;
                default:
                    break;
            }
        }
    }

    private static void Say(string line)
    {
        Console.WriteLine(line);
        Console.Out.Flush();
    }
}
