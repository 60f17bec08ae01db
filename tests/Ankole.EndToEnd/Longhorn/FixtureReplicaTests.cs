using Ankole.Testing;

namespace Ankole.EndToEnd.Longhorn;

/// <summary>Every replica directory that Longhorn wrote, through the command line.</summary>
public sealed class FixtureReplicaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Replicas => Fixtures.Replicas();

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Replicas))]
    public async Task The_head_and_each_snapshot_export_to_the_manifests_checksums(string replica)
    {
        var manifest = Fixtures.ReplicaManifest(replica);
        var directory = await Fixtures.UnpackReplicaAsync(replica, folder.Path);

        await AnkoleCommand.MustAsync("replica", "export", directory, "--to", folder["head.img"]);
        Assert.Equal(manifest.GetProperty("headSha256").GetString(), await FileHash.OfAsync(folder["head.img"]));
        foreach (var disk in manifest.GetProperty("disks").EnumerateArray())
        {
            if (!disk.TryGetProperty("snapshot", out var snapshot) || !disk.TryGetProperty("contentSha256", out var expected))
                continue;
            var image = folder[$"{snapshot.GetString()}.img"];
            await AnkoleCommand.MustAsync("replica", "export", directory, "--snapshot", snapshot.GetString()!, "--to", image);
            Assert.Equal(expected.GetString(), await FileHash.OfAsync(image));
        }
    }

    [Theory]
    [MemberData(nameof(Replicas))]
    public async Task Inspecting_a_replica_shows_its_chain_and_writes_nothing(string replica)
    {
        var manifest = Fixtures.ReplicaManifest(replica);
        var directory = await Fixtures.UnpackReplicaAsync(replica, folder.Path);
        var before = Contents(directory);

        var inspected = await AnkoleCommand.JsonAsync("replica", "inspect", directory);

        Assert.Equal(
            manifest.GetProperty("chain").EnumerateArray().Select(disk => disk.GetString()),
            inspected.GetProperty("chain").EnumerateArray().Select(disk => disk.GetString()));
        Assert.Equal(before, Contents(directory));
    }

    private static IEnumerable<(string, DateTime)> Contents(string directory) =>
        [.. Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal).Select(path => (path, File.GetLastWriteTimeUtc(path)))];
}
