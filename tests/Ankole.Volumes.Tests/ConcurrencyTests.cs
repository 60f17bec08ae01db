using System.Buffers.Binary;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

public sealed class ConcurrencyTests
{
    private const int Sector = 512;
    private const long Size = 8 << 20;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    /// <summary>
    /// Each writer owns every fourth sector, so that neighbours in a block belong to different writers, and counts up in its sectors. A snapshot must hold
    /// at least what had been acknowledged before it began and nothing that was written after it ended.
    /// </summary>
    [Fact]
    public async Task Four_writers_in_the_same_blocks_lose_nothing_while_snapshots_purges_and_flushes_run()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(directory["r"], new ReplicaOptions(), None);
        var written = new long[Size / Sector];
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(writer))).ToList();
        writers.Add(Task.Run(ReadAsync));

        for (var i = 0; i < 12; i++)
        {
            var before = Copy(written);
            await replica.SnapshotAsync($"s{i:00}", null, None);
            var after = Copy(written);
            await using (var view = await replica.OpenSnapshotAsync($"s{i:00}", None))
                Check(await Hashes.BytesOfAsync(view), before, after, slack: 1);
            if (i >= 2)
                await replica.RemoveAsync($"s{i - 2:00}", None);
            if (i % 3 == 2)
                await replica.PurgeAsync(null, None);
            await replica.FlushAsync(None);
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Check(await Hashes.BytesOfAsync(replica), written, written, slack: 0);

        async Task WriteAsync(int writer)
        {
            var random = new Random(writer);
            var sector = new byte[Sector];
            while (!stop.IsCancellationRequested)
            {
                // Few blocks at first, so that the same ones are met again and again.
                var at = (random.Next((int)(Size / Sector / 4 / 8)) * 4) + writer;
                BinaryPrimitives.WriteInt64LittleEndian(sector, written[at] + 1);
                await replica.WriteAsync(at * (long)Sector, sector, None);
                Volatile.Write(ref written[at], written[at] + 1);
                await Task.Yield();
            }
        }

        async Task ReadAsync()
        {
            var random = new Random(99);
            var buffer = new byte[64 << 10];
            while (!stop.IsCancellationRequested)
            {
                var offset = random.NextInt64((Size / 8 / Sector) - 128) * Sector;
                var before = Copy(written);
                await replica.ReadAsync(offset, buffer, None);
                for (var i = 0; i < buffer.Length; i += Sector)
                {
                    var value = BinaryPrimitives.ReadInt64LittleEndian(buffer.AsSpan(i));
                    Assert.True(value >= before[(offset + i) / Sector], $"sector {(offset + i) / Sector} went back in time");
                }
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Zeroing_discarding_and_writing_apart_from_each_other_in_the_same_regions_do_not_disturb()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(directory["r"], new ReplicaOptions(), None);
        await replica.WriteAsync(0, Enumerable.Repeat((byte)7, (int)Size).ToArray(), None);
        await replica.SnapshotAsync("base", null, None);
        await Parallel.ForAsync(0, 3000, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = None }, async (i, token) =>
        {
            var block = i % 1000 * 2;
            if (i % 3 == 0)
                await replica.DiscardAsync(new ByteRange((block + 1) * 4096L, 4096), token);
            else if (block % 4 == 0)
                await replica.WriteZeroesAsync(new ByteRange(block * 4096L, 4096), mayPunch: true, token);
            else
                await replica.WriteAsync(block * 4096L, Enumerable.Repeat((byte)9, 4096).ToArray(), token);
        });
        var head = await Hashes.BytesOfAsync(replica);
        for (var block = 0; block < 2000; block += 2)
            Assert.Equal(block % 4 == 0 ? 0 : 9, head[(block * 4096) + 100]);
        await using var view = await replica.OpenSnapshotAsync("base", None);
        Assert.Equal(-1, (await Hashes.BytesOfAsync(view)).AsSpan().IndexOfAnyExcept((byte)7));
    }

    [Fact]
    public async Task Reads_see_old_or_new_bytes_while_the_volume_is_reverted_back_and_forth()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(directory["r"], new ReplicaOptions(), None);
        await replica.WriteAsync(0, Enumerable.Repeat((byte)1, 1 << 20).ToArray(), None);
        await replica.SnapshotAsync("one", null, None);
        await replica.WriteAsync(0, Enumerable.Repeat((byte)2, 1 << 20).ToArray(), None);
        await replica.SnapshotAsync("two", null, None);
        using var stop = new CancellationTokenSource();
        var reads = 0;
        var reading = Task.Run(async () =>
        {
            var buffer = new byte[1 << 20];
            while (!stop.IsCancellationRequested)
            {
                await replica.ReadAsync(0, buffer, None);
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(buffer[0]));
                Assert.InRange(buffer[0], 1, 2);
                Interlocked.Increment(ref reads);
                await Task.Yield();
            }
        });
        // Until there were ten, with a read begun and ended while they went on.
        for (var i = 0; (i < 10 || Volatile.Read(ref reads) < 2) && !reading.IsCompleted; i++)
            await replica.RevertAsync(i % 2 == 0 ? "one" : "two", None);
        await stop.CancelAsync();
        await reading;
        Assert.InRange(reads, 2, int.MaxValue);
    }

    private static long[] Copy(long[] counters)
    {
        var copy = new long[counters.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Volatile.Read(ref counters[i]);
        return copy;
    }

    /// <param name="slack">A write that is in the volume already may not have been counted yet.</param>
    private static void Check(byte[] content, long[] least, long[] most, int slack)
    {
        for (var sector = 0; sector < least.Length; sector++)
        {
            var value = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(sector * Sector));
            Assert.True(value >= least[sector] && value <= most[sector] + slack, $"sector {sector} holds {value}, expected {least[sector]} to {most[sector]}");
        }
    }
}
