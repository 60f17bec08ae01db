using System.Text.Json;

namespace Ankole.Volumes.Tests;

/// <summary>A replica directory written by Longhorn's own code, with the manifest of what it holds.</summary>
internal sealed class ReplicaFixture : IDisposable
{
    private readonly TemporaryDirectory unpacked = new();
    private readonly JsonDocument manifest;

    private ReplicaFixture(string name)
    {
        manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Source, name + ".json")));
        Directory = unpacked[name];
    }

    public static string Source => Path.Combine(AppContext.BaseDirectory, "Fixtures", "replica");

    public static TheoryData<string> Names =>
        [.. System.IO.Directory.GetFiles(Source, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public string Directory { get; }

    public JsonElement Manifest => manifest.RootElement;

    public long VolumeSize => Manifest.GetProperty("volumeSize").GetInt64();

    public static async Task<ReplicaFixture> UnpackAsync(string name)
    {
        Peer.Require("zstd");
        Peer.Require("tar");
        var fixture = new ReplicaFixture(name);
        // GNU tar, because the members are sparse: .NET's own reader fills the holes.
        await Peer.RunAsync($"zstd -dcq '{Path.Combine(Source, name)}.tar.zst' | tar -xSf - -C '{fixture.unpacked.Path}'");
        return fixture;
    }

    public IEnumerable<JsonElement> Disks => Manifest.GetProperty("disks").EnumerateArray();

    public IEnumerable<JsonElement> Snapshots => Disks.Where(disk => disk.TryGetProperty("snapshot", out _));

    public IReadOnlyList<string> NamesIn(string property) => [.. Manifest.GetProperty(property).EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>Every file with its bytes and times: to see that nothing was written.</summary>
    public IReadOnlyList<string> Listing() =>
    [
        .. System.IO.Directory.GetFiles(Directory).Order(StringComparer.Ordinal).Select(path =>
            $"{path} {new FileInfo(path).Length} {File.GetLastWriteTimeUtc(path):O} {Hashes.Of(File.ReadAllBytes(path))}"),
    ];

    public void Dispose()
    {
        manifest.Dispose();
        unpacked.Dispose();
    }
}
