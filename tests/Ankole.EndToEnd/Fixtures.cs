using System.Text.Json;
using Ankole.Testing;

namespace Ankole.EndToEnd;

/// <summary>Stores and replicas that Longhorn wrote, each with its manifest.</summary>
internal static class Fixtures
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Stores() => new(
        Directory.EnumerateDirectories(Path.Combine(Root, "backupstore")).Select(path => Path.GetFileName(path)!).Order());

    public static TheoryData<string> Replicas() => new(
        Directory.EnumerateFiles(Path.Combine(Root, "replica"), "*.json").Select(path => Path.GetFileNameWithoutExtension(path)!).Order());

    public static JsonElement StoreManifest(string name) => Read(Path.Combine(Root, "backupstore", name, "manifest.json"));

    public static JsonElement ReplicaManifest(string name) => Read(Path.Combine(Root, "replica", name + ".json"));

    /// <summary>
    /// A copy of the store, so that a test may write to it, written an hour ago: a lock that Longhorn left in it has expired, however young the checkout
    /// is. Returns its folder.
    /// </summary>
    public static string CopyStore(string name, string destination)
    {
        var source = Path.Combine(Root, "backupstore", name, "store");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(destination, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            File.SetLastWriteTimeUtc(copy, DateTime.UtcNow.AddHours(-1));
        }
        return destination;
    }

    /// <summary>Unpacks with GNU tar, which keeps holes and explicit zeros apart; returns the replica directory.</summary>
    public static async Task<string> UnpackReplicaAsync(string name, string destination)
    {
        var archive = Path.Combine(Root, "replica", name + ".tar.zst");
        (await ProcessRun.RunAsync("sh", ["-c", $"zstd -dcq '{archive}' | tar -xSf - -C '{destination}'"])).MustSucceed();
        return Path.Combine(destination, name);
    }

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement.Clone();

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (Directory.Exists(Path.Combine(directory, "tests", "Fixtures")))
                return Path.Combine(directory, "tests", "Fixtures");
        throw new InvalidOperationException("tests/Fixtures is in no folder above the tests: run them from a checkout.");
    }
}
