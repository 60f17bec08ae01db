using Ankole.Core;

namespace Ankole.Volumes.Tests;

public sealed class DiscardTests : IDisposable
{
    private const long Size = 4 << 20;
    private readonly TemporaryDirectory temporary = new();

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public void Dispose() => temporary.Dispose();

    /// <summary>A (removed) under B (kept) under the head: where Longhorn takes B's blocks (Longhorn replica format, section 23).</summary>
    [Fact]
    public async Task A_discard_above_a_kept_snapshot_takes_nothing_from_it_or_from_a_removed_one_below()
    {
        await using var replica = await WithSnapshotsAsync("aa", "bb");
        await replica.RemoveAsync("aa", None);
        await FillAsync(replica, 9);
        await replica.DiscardAsync(new ByteRange(0, Size), None);
        await using var view = await replica.OpenSnapshotAsync("bb", None);
        Assert.Equal(2, Assert.Single((await Hashes.BytesOfAsync(view)).Distinct()));
        Assert.Equal(Size, (await replica.InspectAsync(None)).Disks.Single(disk => disk.Snapshot == "aa").AllocatedBytes);
        Assert.Equal(2, Assert.Single((await Hashes.BytesOfAsync(replica)).Distinct()));
    }

    [Fact]
    public async Task A_discard_frees_the_head_and_the_removed_snapshots_right_below_it()
    {
        await using var replica = await WithSnapshotsAsync("kept", "gone1", "gone2");
        await replica.RemoveAsync("gone1", None);
        await replica.RemoveAsync("gone2", None);
        await replica.DiscardAsync(new ByteRange(100, Size - 200), None);
        var disks = (await replica.InspectAsync(None)).Disks;
        // The two blocks at the ends are not whole.
        Assert.Equal(8192, disks.Single(disk => disk.Snapshot == "gone1").AllocatedBytes);
        Assert.Equal(8192, disks.Single(disk => disk.Snapshot == "gone2").AllocatedBytes);
        Assert.Equal(Size, disks.Single(disk => disk.Snapshot == "kept").AllocatedBytes);
        var head = await Hashes.BytesOfAsync(replica);
        Assert.Equal((3, 1, 3), (head[0], head[4096], head[^1]));
    }

    [Fact]
    public async Task A_removed_snapshot_with_a_branch_on_it_keeps_its_blocks()
    {
        await using var replica = await WithSnapshotsAsync("root", "fork");
        await replica.RevertAsync("root", None);
        await replica.RemoveAsync("root", None);
        await replica.DiscardAsync(new ByteRange(0, Size), None);
        Assert.Equal(Size, (await replica.InspectAsync(None)).Disks.Single(disk => disk.Snapshot == "root").AllocatedBytes);
    }

    [Fact]
    public async Task Zeros_are_punched_where_nothing_is_below_and_stored_where_something_is()
    {
        await Replica.CreateAsync(temporary["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(temporary["r"], new ReplicaOptions(), None);
        await replica.WriteAsync(0, new byte[8192], None);
        await replica.SnapshotAsync("base", null, None);
        await replica.WriteAsync(0, Enumerable.Repeat((byte)1, 16384).ToArray(), None);
        await replica.WriteZeroesAsync(new ByteRange(0, 1 << 20), mayPunch: true, None);
        var head = (await replica.InspectAsync(None)).Disks.Single(disk => disk.Snapshot is null);
        Assert.Equal(8192, head.AllocatedBytes);
        await replica.WriteZeroesAsync(new ByteRange(0, 1 << 20), mayPunch: false, None);
        await replica.FlushAsync(None);
        head = (await replica.InspectAsync(None)).Disks.Single(disk => disk.Snapshot is null);
        Assert.Equal(1 << 20, head.AllocatedBytes);
        Assert.Equal(0, Assert.Single((await Hashes.BytesOfAsync(replica)).Distinct()));
    }

    [Fact]
    public async Task Zeros_are_freed_where_nothing_is_below_and_stay_where_they_hide_something_or_are_a_snapshots()
    {
        await Replica.CreateAsync(temporary["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(temporary["r"], new ReplicaOptions(), None);
        await replica.WriteAsync(0, Enumerable.Repeat((byte)1, 64 << 10).ToArray(), None);
        await replica.WriteAsync(64 << 10, new byte[64 << 10], None);
        await replica.SnapshotAsync("base", null, None);
        await replica.WriteAsync(0, new byte[64 << 10], None);
        await replica.WriteAsync(1 << 20, new byte[1 << 20], None);
        await replica.WriteAsync((1 << 20) + 100_000, new byte[] { 7 }, None);

        // The piece of 64 KiB with the one byte stays; the snapshot's zeros are not the head's, and those over its ones are needed.
        Assert.Equal((1 << 20) - (64 << 10), await replica.FreeZerosAsync(new ByteRange(0, Size), None));
        var disks = (await replica.InspectAsync(None)).Disks;
        Assert.Equal(128 << 10, disks.Single(disk => disk.Snapshot is null).AllocatedBytes);
        Assert.Equal(128 << 10, disks.Single(disk => disk.Snapshot == "base").AllocatedBytes);
        var bytes = await Hashes.BytesOfAsync(replica);
        Assert.Equal(((byte)0, (byte)7), (bytes[0], bytes[(1 << 20) + 100_000]));
        Assert.Equal(1, bytes.Count(value => value != 0));
        Assert.Equal(0, await replica.FreeZerosAsync(new ByteRange(0, Size), None));
    }

    /// <summary>A writer turns blocks from zeros to ones and back while zeros are freed: what it has written last is what it reads.</summary>
    [Fact]
    public async Task Freeing_zeros_takes_no_byte_from_a_writer_beside_it()
    {
        await Replica.CreateAsync(temporary["r"], Size, new ReplicaOptions(), None);
        await using var replica = await Replica.OpenAsync(temporary["r"], new ReplicaOptions(), None);
        using var stop = new CancellationTokenSource();
        var freed = 0L;
        var freeing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                Interlocked.Add(ref freed, await replica.FreeZerosAsync(new ByteRange(0, 1 << 20), None));
        }, None);
        var random = new Random(1);
        // As long as what is freed in one step: zeros of one write are never mixed with another's ones, so there is always something to free.
        var (piece, back) = (new byte[64 << 10], new byte[64 << 10]);
        for (var round = 0; (round < 5_000 || Volatile.Read(ref freed) == 0) && !freeing.IsCompleted; round++)
        {
            var offset = random.Next((1 << 20) / piece.Length) * (long)piece.Length;
            Array.Fill(piece, (byte)(round % 3));
            await replica.WriteAsync(offset, piece, None);
            await replica.ReadAsync(offset, back, None);
            Assert.Equal(piece, back);
        }
        await stop.CancelAsync();
        await freeing;
        Assert.NotEqual(0, freed);
    }

    private async Task<Replica> WithSnapshotsAsync(params string[] names)
    {
        await Replica.CreateAsync(temporary["r"], Size, new ReplicaOptions(), None);
        var replica = await Replica.OpenAsync(temporary["r"], new ReplicaOptions(), None);
        for (var i = 0; i < names.Length; i++)
        {
            await FillAsync(replica, (byte)(i + 1));
            await replica.SnapshotAsync(names[i], null, None);
        }
        return replica;
    }

    private static async Task FillAsync(Replica replica, byte value)
    {
        await replica.WriteAsync(0, Enumerable.Repeat(value, (int)Size).ToArray(), None);
        await replica.FlushAsync(None);
    }
}
