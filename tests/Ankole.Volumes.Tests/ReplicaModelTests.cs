using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>Any sequence of operations leaves what a byte array would hold, and every kept snapshot what it held when it was taken.</summary>
public sealed class ReplicaModelTests
{
    private const long Mebi = 1 << 20;

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 2)]
    [InlineData(4, 8)]
    [InlineData(5, 2)]
    [InlineData(6, 4)]
    public async Task Random_operations_agree_with_a_byte_array(int seed, int mebibytes)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var directory = new TemporaryDirectory();
        await using var run = await Run.StartAsync(directory["replica"], mebibytes * Mebi, new Random(seed));
        for (var step = 0; step < 500; step++)
            await run.StepAsync();
        await run.CheckEverythingAsync();
    }

    private sealed class Run(string directory, Random random, Replica replica, VolumeModel model) : IAsyncDisposable
    {
        private readonly Dictionary<string, byte[]> snapshots = [];
        private readonly List<string> removed = [];
        private readonly CancellationToken none = TestContext.Current.CancellationToken;
        private Replica replica = replica;
        private int taken;

        public static async Task<Run> StartAsync(string directory, long size, Random random)
        {
            await Replica.CreateAsync(directory, size, new ReplicaOptions(), TestContext.Current.CancellationToken);
            var replica = await Replica.OpenAsync(directory, new ReplicaOptions(), TestContext.Current.CancellationToken);
            return new Run(directory, random, replica, new VolumeModel(size));
        }

        public async Task StepAsync()
        {
            switch (random.Next(100))
            {
                case < 40: await WriteAsync(); break;
                case < 52: await ZeroAsync(); break;
                case < 64: await DiscardAsync(); break;
                case < 74: await SnapshotAsync(); break;
                case < 80: await RemoveAsync(); break;
                case < 84: await replica.PurgeAsync(null, none); break;
                case < 87: await RevertAsync(); break;
                case < 88: await ExpandAsync(); break;
                case < 92: await ReopenAsync(); break;
                case < 94: await CheckChangesAsync(); break;
                default: await CheckHeadAsync(replica); break;
            }
        }

        public async Task CheckEverythingAsync()
        {
            await CheckHeadAsync(replica);
            foreach (var name in snapshots.Keys)
                await CheckSnapshotAsync(name);
            await replica.PurgeAsync(null, none);
            await ReopenAsync();
            await CheckHeadAsync(replica);
            foreach (var name in snapshots.Keys)
                await CheckSnapshotAsync(name);
        }

        public async ValueTask DisposeAsync() => await replica.DisposeAsync();

        private async Task WriteAsync()
        {
            var range = AnyRange(random.Next(4) == 0 ? 300_000 : 20_000);
            var source = new byte[range.Length];
            random.NextBytes(source);
            if (random.Next(5) == 0)
                Array.Clear(source);
            await replica.WriteAsync(range.Offset, source, none);
            model.Write(range.Offset, source);
        }

        private async Task ZeroAsync()
        {
            var range = AnyRange(random.Next(3) == 0 ? 3_000_000 : 40_000);
            await replica.WriteZeroesAsync(range, random.Next(3) > 0, none);
            model.Zero(range);
        }

        private async Task DiscardAsync()
        {
            var range = AnyRange(random.Next(3) == 0 ? 3_000_000 : 40_000);
            await replica.DiscardAsync(range, none);
            model.Discard(range);
        }

        private async Task SnapshotAsync()
        {
            var name = $"s{taken++:000}";
            await replica.SnapshotAsync(name, null, none);
            await using var view = await replica.OpenSnapshotAsync(name, none);
            var content = await Hashes.BytesOfAsync(view);
            Assert.Equal(-1, model.FirstDifference(content));
            snapshots.Add(name, content);
        }

        private async Task RemoveAsync()
        {
            if (AnySnapshot() is not { } name)
                return;
            await replica.RemoveAsync(name, none);
            snapshots.Remove(name);
            removed.Add(name);
        }

        private async Task RevertAsync()
        {
            if (AnySnapshot() is not { } name)
                return;
            await replica.RevertAsync(name, none);
            model.Become(snapshots[name]);
            await CheckHeadAsync(replica);
        }

        private async Task ExpandAsync()
        {
            if (model.Size >= 12 * Mebi)
                return;
            await replica.ExpandAsync(model.Size + (2 * Mebi), none);
            model.Grow(model.Size + (2 * Mebi));
            Assert.Equal(model.Size, replica.SizeBytes);
        }

        private async Task ReopenAsync()
        {
            if (random.Next(2) == 0)
                await replica.CloseAsync();
            else
                await replica.AbandonAsync();
            await using (var head = ReplicaReader.Open(directory, new ReplicaOptions()).OpenHead())
                await CheckHeadAsync(head);
            replica = await Replica.OpenAsync(directory, new ReplicaOptions(), none);
            await CheckHeadAsync(replica);
            if (AnySnapshot() is { } name)
                await CheckSnapshotAsync(name);
        }

        private async Task CheckChangesAsync()
        {
            if (AnySnapshot() is not { } newer || AnySnapshot() is not { } older)
                return;
            await using var view = await replica.OpenSnapshotAsync(newer, none);
            if (!view.CanTellChangesSince(older))
                return;
            var changed = new bool[snapshots[newer].Length / 4096];
            await foreach (var run in view.GetChangedExtentsAsync(older, none))
                for (var block = run.Offset / 4096; block < run.End / 4096; block++)
                    changed[block] = true;
            for (var block = 0; block < changed.Length; block++)
            {
                var before = Block(snapshots[older], block);
                Assert.True(changed[block] || Block(snapshots[newer], block).SequenceEqual(before), $"block {block} changed between {older} and {newer}, untold");
            }
        }

        private async Task CheckHeadAsync(IBlockSource head)
        {
            Assert.Equal(model.Size, head.SizeBytes);
            var difference = model.FirstDifference(await Hashes.BytesOfAsync(head));
            Assert.True(difference < 0, $"byte {difference} of the head is wrong");
        }

        private async Task CheckSnapshotAsync(string name)
        {
            await using var view = await replica.OpenSnapshotAsync(name, none);
            var content = await Hashes.BytesOfAsync(view);
            Assert.True(content.AsSpan(0, snapshots[name].Length).SequenceEqual(snapshots[name]), $"snapshot {name} changed");
            Assert.False(content.AsSpan(snapshots[name].Length).ContainsAnyExcept((byte)0), "a snapshot beyond its own size is zeros");
        }

        private static ReadOnlySpan<byte> Block(byte[] content, int block) =>
            (block + 1) * 4096 <= content.Length ? content.AsSpan(block * 4096, 4096) : new byte[4096];

        private string? AnySnapshot() => snapshots.Count == 0 ? null : snapshots.Keys.ElementAt(random.Next(snapshots.Count));

        /// <summary>Aligned to blocks, to sectors, or to nothing.</summary>
        private ByteRange AnyRange(int longest)
        {
            var unit = random.Next(3) switch { 0 => 4096, 1 => 512, _ => 1 };
            var offset = random.NextInt64(model.Size / unit) * unit;
            var length = Math.Min(model.Size - offset, (random.Next(longest) / unit * unit) + unit);
            return new ByteRange(offset, length);
        }
    }
}
