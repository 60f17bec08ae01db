using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>A replica in a process of its own: how much memory it takes, and what a kill leaves.</summary>
public sealed partial class ProcessTests
{
    private const long Tebi = 1L << 40;

    [Fact]
    public async Task A_tebibyte_with_two_gibibytes_of_scattered_data_opens_in_less_than_64_MiB_of_process_memory()
    {
        using var directory = new TemporaryDirectory();
        await Replica.CreateAsync(directory["r"], Tebi, new ReplicaOptions(), TestContext.Current.CancellationToken);
        // Allocated extents count as data, and cost no writing: 32768 runs of 64 KiB, none touching another.
        using (var head = Ankole.Files.FileNames.Open(Path.Combine(directory["r"], "volume-head-000.img"), writable: true))
        {
            const long runs = 32768, run = 65536, each = Tebi / runs;
            var random = new Random(7);
            for (var i = 0L; i < runs; i++)
                Assert.Equal(0, Fallocate(head, 1, (i * each) + (random.NextInt64((each / 4096) - (run / 4096) - 1) * 4096), run));
        }
        using var probe = Start("memory", directory["r"]);
        var kibibytes = int.Parse(await probe.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"peak {kibibytes} KiB");
        Assert.InRange(kibibytes, 1, 64 << 10);
    }

    [Fact]
    public async Task Killed_at_any_moment_a_replica_opens_with_every_flushed_write_and_every_snapshot()
    {
        using var directory = new TemporaryDirectory();
        for (var round = 0; round < 6; round++)
        {
            var path = directory[$"r{round}"];
            await Replica.CreateAsync(path, 4 << 20, new ReplicaOptions(), TestContext.Current.CancellationToken);
            using var probe = Start("work", path, round.ToString(CultureInfo.InvariantCulture));
            var said = new List<string>();
            var working = new TaskCompletionSource();
            var reading = Task.Run(async () =>
            {
                while (await probe.StandardOutput.ReadLineAsync() is { } line)
                {
                    said.Add(line);
                    working.TrySetResult();
                }
                working.TrySetException(new InvalidOperationException("the process ended before it did anything"));
            });
            await working.Task;
            await Task.Delay(50 + (round * 173), TestContext.Current.CancellationToken);
            probe.Kill();
            await probe.WaitForExitAsync(TestContext.Current.CancellationToken);
            await reading;
            await CheckAsync(path, said);
        }
    }

    private static async Task CheckAsync(string path, List<string> said)
    {
        await using var replica = await Replica.OpenAsync(path, new ReplicaOptions(), TestContext.Current.CancellationToken);
        var flushed = said.Where(line => !line.StartsWith("removing", StringComparison.Ordinal)).Select(Number).DefaultIfEmpty(0).Max();
        CheckHolds(await Hashes.BytesOfAsync(replica), flushed, exactly: false);
        var removed = said.Where(line => line.StartsWith("removing", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToHashSet();
        foreach (var line in said.Where(line => line.StartsWith("snapshot", StringComparison.Ordinal)))
        {
            var name = line.Split(' ')[1];
            if (removed.Contains(name))
                continue;
            await using var view = await replica.OpenSnapshotAsync(name, TestContext.Current.CancellationToken);
            CheckHolds(await Hashes.BytesOfAsync(view), Number(line), exactly: true);
        }
        await replica.PurgeAsync(null, TestContext.Current.CancellationToken);
    }

    /// <summary>Each block holds the number of its last write among the first <paramref name="writes"/>, or of a later one.</summary>
    private static void CheckHolds(byte[] content, long writes, bool exactly)
    {
        var last = new long[1024];
        for (var write = 1L; write <= writes; write++)
            last[write * 7919 % 1024] = write;
        for (var block = 0; block < last.Length; block++)
        {
            var value = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(block * 4096));
            Assert.Equal(-1, content.AsSpan(block * 4096, 4096).ToArray().Chunk(8).ToList().FindIndex(word => BitConverter.ToInt64(word) != value));
            Assert.True(exactly ? value == last[block] : value >= last[block], $"block {block} holds write {value}, expected {last[block]}");
        }
    }

    private static long Number(string line) => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ankole.Volumes.Probe.dll"), .. arguments]) { RedirectStandardOutput = true })!;

    [LibraryImport("libc", EntryPoint = "fallocate64")]
    private static partial int Fallocate(SafeHandle file, int mode, long offset, long length);
}
