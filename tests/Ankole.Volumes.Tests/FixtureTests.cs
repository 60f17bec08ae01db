using Ankole.Core;

namespace Ankole.Volumes.Tests;

/// <summary>Replica directories written by Longhorn's own code read as their manifests say.</summary>
public sealed class FixtureTests
{
    private const int BackupBlock = 2 << 20;

    public static TheoryData<string> Fixtures => ReplicaFixture.Names;

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Head_and_every_snapshot_of_a_Longhorn_replica_read_right_and_nothing_is_written(string name)
    {
        using var fixture = await ReplicaFixture.UnpackAsync(name);
        var before = fixture.Listing();
        var reader = ReplicaReader.Open(fixture.Directory, new ReplicaOptions());

        await using (var head = reader.OpenHead())
        {
            Assert.Equal(fixture.VolumeSize, head.SizeBytes);
            Assert.Equal(fixture.Manifest.GetProperty("headSha256").GetString(), await Hashes.OfAsync(head));
        }
        foreach (var disk in fixture.Snapshots)
        {
            await using var view = reader.OpenSnapshot(disk.GetProperty("snapshot").GetString()!);
            Assert.Equal(disk.GetProperty("contentSha256").GetString(), await Hashes.OfAsync(view));
        }
        Assert.Equal(before, fixture.Listing());
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task A_Longhorn_replica_opened_for_writing_reads_the_same_and_closes_clean(string name)
    {
        using var fixture = await ReplicaFixture.UnpackAsync(name);
        await using (var replica = await Replica.OpenAsync(fixture.Directory, new ReplicaOptions(), TestContext.Current.CancellationToken))
        {
            Assert.Equal(fixture.Manifest.GetProperty("headSha256").GetString(), await Hashes.OfAsync(replica));
            foreach (var disk in fixture.Snapshots.Where(disk => !disk.GetProperty("removed").GetBoolean()))
            {
                await using var view = await replica.OpenSnapshotAsync(disk.GetProperty("snapshot").GetString()!, TestContext.Current.CancellationToken);
                Assert.Equal(disk.GetProperty("contentSha256").GetString(), await Hashes.OfAsync(view));
            }
        }
        var inspection = ReplicaReader.Open(fixture.Directory, new ReplicaOptions()).Inspect();
        Assert.False(inspection.Dirty);
        Assert.Equal(fixture.NamesIn("chain"), inspection.Chain);
        Assert.False(File.Exists(Path.Combine(fixture.Directory, "revision.counter")), "a counter that is not kept up must not stay");
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Changed_extents_are_the_blocks_that_Longhorn_would_upload(string name)
    {
        using var fixture = await ReplicaFixture.UnpackAsync(name);
        var reader = ReplicaReader.Open(fixture.Directory, new ReplicaOptions());
        foreach (var delta in fixture.Manifest.GetProperty("backupDeltas2MiB").EnumerateArray())
        {
            var from = delta.GetProperty("from").GetString()!;
            await using var view = reader.OpenSnapshot(delta.GetProperty("to").GetString()!);
            var blocks = new SortedSet<long>();
            await foreach (var run in view.GetChangedExtentsAsync(from.Length == 0 ? null : from, TestContext.Current.CancellationToken))
                for (var block = ByteRange.RoundDown(run.Offset, BackupBlock); block < run.End; block += BackupBlock)
                    blocks.Add(block);
            Assert.Equal(delta.GetProperty("blocks").EnumerateArray().Select(block => block.GetInt64()), blocks);
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Inspection_tells_the_tree_as_the_manifest_does(string name)
    {
        using var fixture = await ReplicaFixture.UnpackAsync(name);
        var inspection = ReplicaReader.Open(fixture.Directory, new ReplicaOptions()).Inspect();

        Assert.Equal(fixture.VolumeSize, inspection.SizeBytes);
        Assert.Equal(fixture.Manifest.GetProperty("head").GetString(), inspection.Head);
        Assert.Equal(fixture.Manifest.GetProperty("dirty").GetBoolean(), inspection.Dirty);
        Assert.Equal(fixture.Manifest.GetProperty("rebuilding").GetBoolean(), inspection.Rebuilding);
        Assert.Equal(fixture.NamesIn("chain"), inspection.Chain);
        Assert.Equal(fixture.NamesIn("displayChain"), inspection.DisplayChain);
        foreach (var expected in fixture.Disks)
        {
            var disk = Assert.Single(inspection.Disks, disk => disk.Name == expected.GetProperty("disk").GetString());
            Assert.Equal(expected.GetProperty("parent").GetString(), disk.Parent);
            Assert.Equal(expected.GetProperty("children").EnumerateArray().Select(child => child.GetString()).Order(StringComparer.Ordinal), disk.Children);
            Assert.Equal(expected.GetProperty("removed").GetBoolean(), disk.Removed);
            Assert.Equal(expected.GetProperty("userCreated").GetBoolean(), disk.UserCreated);
            Assert.Equal(expected.GetProperty("created").GetString(), disk.Created);
            Assert.Equal(expected.GetProperty("apparentSize").GetInt64(), disk.SizeBytes);
            Assert.Equal(
                expected.GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!), disk.Labels);
        }
    }
}
