using System.Globalization;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>Power is lost after every single step of every operation: flushed writes and kept snapshots are there, and the next purge finishes.</summary>
public sealed class PowerLossTests
{
    private const long Mebi = 1 << 20;

    /// <summary>Fixed ones, so that a failure is the change's; <c>ANKOLE_SEEDS=100-299</c> hunts with others.</summary>
    public static TheoryData<int> Seeds() =>
        Environment.GetEnvironmentVariable("ANKOLE_SEEDS")?.Split('-') is [var first, var last]
            ? [.. Enumerable.Range(Number(first), Number(last) + 1 - Number(first))]
            : [11, 12, 13, 34];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Power_loss_after_any_step_keeps_flushed_writes_and_snapshots(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var journal = new PowerJournal();
        using var directory = new TemporaryDirectory();
        var firstStep = await RunScriptAsync(directory["replica"], journal, new Random(seed));

        var random = new Random(seed);
        for (var count = firstStep; count <= journal.Count; count++)
        {
            // Only a flush changes what is there when nothing else survives.
            if (journal.EndsWithFlush(count))
            {
                await LosePowerAsync(journal, count, (_, _) => false, "nothing unflushed survived");
                continue;
            }
            await LosePowerAsync(journal, count, (step, _) => step == count - 1, "of the unflushed only the last step survived");
            await LosePowerAsync(journal, count, (_, _) => random.Next(2) == 0, "some of the unflushed survived");
        }
    }

    private static async Task LosePowerAsync(PowerJournal journal, int count, Func<int, long, bool> survives, string how)
    {
        // In memory: building thousands of directories must not wait for a disk.
        var directory = Directory.CreateDirectory($"{MemoryDirectory}/ankole-power-{Guid.NewGuid():N}").FullName;
        try
        {
            journal.Build(count, survives, directory);
            var expectation = (CrashExpectation)journal.ExpectationAt(count)!;
            await using var replica = await Replica.OpenAsync(directory, new ReplicaOptions(), TestContext.Current.CancellationToken);
            await expectation.CheckAsync(replica);
            var purged = await replica.PurgeAsync(null, TestContext.Current.CancellationToken);
            await expectation.CheckAsync(replica);
            await replica.SnapshotAsync("after-the-loss", null, TestContext.Current.CancellationToken);
            var inspection = await replica.InspectAsync(TestContext.Current.CancellationToken);
            Assert.All(inspection.Warnings, warning => Assert.Equal(ReplicaWarningKind.Dirty, warning.Kind));
            Assert.All(purged.Waiting, waiting => Assert.Contains("stand", waiting.Reason));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"after step {count}, {how}:\n{journal.Describe(count)}\n{string.Join("\n", Directory.GetFiles(directory))}", e);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string MemoryDirectory => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <summary>Does everything a replica can, and tells the journal before and after each operation what a power loss may leave.</summary>
    /// <returns>The first step from which the replica exists.</returns>
    private static async Task<int> RunScriptAsync(string directory, PowerJournal journal, Random random)
    {
        var none = TestContext.Current.CancellationToken;
        var options = new ReplicaOptions { OpenFiles = Cached(journal, new Random(random.Next())) };
        var expected = CrashExpectation.Empty(2 * Mebi);
        journal.Expectation = expected;
        await Replica.CreateAsync(directory, 2 * Mebi, options, none);
        var firstStep = journal.Count;
        await using var replica = await Replica.OpenAsync(directory, options, none);
        var known = Enumerable.Repeat(true, CrashExpectation.Tested / CrashExpectation.Sector).ToArray();
        var snapshots = new Dictionary<string, byte[]>();

        // In the order of names: a dictionary's own order is another one in every process.
        string AnyKept() => expected.Kept.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(expected.Kept.Count));
        void Expect(CrashExpectation next) => journal.Expectation = expected = next;
        async Task SettleAsync() => Expect(expected.Is(await CrashExpectation.ReadAsync(replica), replica.SizeBytes, sector => known[sector]));

        for (var taken = 0; taken < 6; taken++)
        {
            for (var i = random.Next(2, 6); i > 0; i--)
            {
                var unit = random.Next(3) == 0 ? 512 : 4096;
                var offset = random.NextInt64(CrashExpectation.Tested / unit / 2) * unit;
                var source = new byte[unit * random.Next(1, random.Next(4) == 0 ? 40 : 4)];
                random.NextBytes(source);
                switch (random.Next(6))
                {
                    case 0:
                        Expect(expected.IsAnything(offset, source.Length));
                        known.AsSpan((int)(offset / 512), source.Length / 512).Clear();
                        await replica.DiscardAsync(new ByteRange(offset, source.Length), none);
                        break;
                    case 1:
                        Expect(expected.MayBecome(offset, new byte[source.Length]));
                        await replica.WriteZeroesAsync(new ByteRange(offset, source.Length), true, none);
                        known.AsSpan((int)(offset / 512), source.Length / 512).Fill(true);
                        break;
                    default:
                        Expect(expected.MayBecome(offset, source));
                        await replica.WriteAsync(offset, source, none);
                        known.AsSpan((int)(offset / 512), source.Length / 512).Fill(true);
                        break;
                }
            }
            if (random.Next(2) == 0)
            {
                await replica.FlushAsync(none);
                await SettleAsync();
            }

            if (taken >= 4)
                await DiscardThroughRemovedAsync($"gone{taken}");
            else if (taken >= 2)
                await PurgeUnderUnflushedWritesAsync($"gone{taken}");

            var name = $"s{taken}";
            await replica.SnapshotAsync(name, new Dictionary<string, string> { ["k"] = "v" }, none);
            await using (var view = await replica.OpenSnapshotAsync(name, none))
                snapshots[name] = await CrashExpectation.ReadAsync(view);
            await SettleAsync();
            Expect(expected with { Kept = expected.Kept.Add(name, snapshots[name]) });

            if (taken >= 2 && random.Next(2) == 0)
            {
                var gone = AnyKept();
                Expect(expected with { Kept = expected.Kept.Remove(gone) });
                await replica.RemoveAsync(gone, none);
                await replica.PurgeAsync(null, none);
            }
            if (taken == 2)
            {
                Expect(expected.MayGrowTo(4 * Mebi));
                await replica.ExpandAsync(4 * Mebi, none);
                await SettleAsync();
            }
            if (taken == 3 && expected.Kept.Count > 0)
            {
                var target = AnyKept();
                Expect(expected.MayBecome(0, snapshots[target]));
                await replica.RevertAsync(target, none);
                Array.Fill(known, true);
                await SettleAsync();
            }
        }
        await replica.PurgeAsync(null, none);
        return firstStep;

        // What a purge takes from a removed snapshot because the head holds it, the head has to hold for good.
        async Task PurgeUnderUnflushedWritesAsync(string removed)
        {
            for (var value = (byte)1; value <= 2; value++)
            {
                var source = Enumerable.Repeat(value, 16384).ToArray();
                Expect(expected.MayBecome(65536, source));
                known.AsSpan(128, 32).Fill(true);
                await replica.WriteAsync(65536, source, none);
                if (value == 2)
                    break;
                await replica.SnapshotAsync(removed, null, none);
                await SettleAsync();
                await replica.RemoveAsync(removed, none);
            }
            await replica.PurgeAsync(null, none);
        }

        // What a discard takes from a removed snapshot has to be gone for good when the next snapshot is taken.
        async Task DiscardThroughRemovedAsync(string removed)
        {
            Expect(expected.MayBecome(0, Enumerable.Repeat((byte)0xDD, 8192).ToArray()));
            await replica.WriteAsync(0, Enumerable.Repeat((byte)0xDD, 8192).ToArray(), none);
            await replica.SnapshotAsync(removed, null, none);
            await replica.RemoveAsync(removed, none);
            Expect(expected.IsAnything(0, 8192));
            known.AsSpan(0, 16).Clear();
            await replica.DiscardAsync(new ByteRange(0, 8192), none);
        }
    }

    /// <summary>One and the same directory for creating and opening, so that the journal knows every name.</summary>
    private static Func<string, IReplicaFiles> Cached(PowerJournal journal, Random random)
    {
        JournaledFiles? files = null;
        return directory => files ??= new JournaledFiles(directory, journal, random);
    }
}
