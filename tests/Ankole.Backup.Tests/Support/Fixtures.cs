using System.Text.Json;

namespace Ankole.Backup.Tests;

/// <summary>The kept stores that Longhorn wrote, and what their manifests promise.</summary>
internal static class Fixtures
{
    public static string Root { get; } = FindRoot();

    public static IEnumerable<string> Stores => Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public static string PathOf(string store) => Path.Join(Root, store, "store");

    public static Manifest ReadManifest(string store) =>
        JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Join(Root, store, "manifest.json")), JsonSerializerOptions.Web)!;

    /// <summary>The kept store itself, for reading only.</summary>
    public static DirectoryObjectStore Open(string store) => new(PathOf(store), $"file://{store}");

    /// <summary>A copy in memory that a test may change, written an hour ago: a lock that Longhorn left in it has expired, however young the checkout is.</summary>
    public static MemoryObjectStore Copy(string store, TimeProvider? time = null)
    {
        var copy = new MemoryObjectStore(time);
        var root = PathOf(store);
        var written = (time ?? TimeProvider.System).GetUtcNow() - TimeSpan.FromHours(1);
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            copy.Set(Path.GetRelativePath(root, file), File.ReadAllBytes(file), written);
        return copy;
    }

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Directory.Exists(Path.Join(directory, "tests", "Fixtures", "backupstore")))
                return Path.Join(directory, "tests", "Fixtures", "backupstore");
        throw new DirectoryNotFoundException("tests/Fixtures/backupstore is not above the test program");
    }

    internal sealed record Manifest(ManifestVolume[] Volumes, ManifestName[]? UnfinishedBackups, ManifestImage[]? BackingImages, ManifestSystem[]? SystemBackups);

    internal sealed record ManifestVolume(string Name, long Size, ManifestBackup[] Backups, string[]? DeletedBackups, string Directory, int BlockFiles, string LastBackupName);

    internal sealed record ManifestBackup(string Name, string Snapshot, string Sha256, bool IsIncremental, int Blocks, Dictionary<string, string>? Labels);

    internal sealed record ManifestName(string Volume, string Name);

    internal sealed record ManifestImage(string Name, long Size, string Sha256);

    internal sealed record ManifestSystem(string Name, string Version, string ZipSha256, long ZipSize);
}
