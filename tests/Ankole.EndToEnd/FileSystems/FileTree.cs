using System.Runtime.InteropServices;
using Ankole.Testing;

namespace Ankole.EndToEnd.FileSystems;

/// <summary>A tree such as people have: thousands of small files, links, and large files of a program (the .NET runtime's own).</summary>
internal static class FileTree
{
    private const int SmallFiles = 4000;

    private const long LargeBytes = 160L << 20;

    public static void Create(string root, int seed)
    {
        var random = new Random(seed);
        for (var number = 0; number < SmallFiles; number++)
            WriteNoise(Path.Combine(root, "small", $"{number % 50:00}", $"{number / 50 % 8}", $"file-{number:0000}"), random.Next(12_000), random);
        File.CreateSymbolicLink(Path.Combine(root, "small", "link"), "00/0/file-0000");
        var copied = 0L;
        // …/shared/Microsoft.NETCore.App/10.0.0/: every runtime that is installed.
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", ".."));
        foreach (var file in new DirectoryInfo(runtime).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            if ((copied += file.Length) > LargeBytes)
                break;
            var copy = Path.Combine(root, "large", Path.GetRelativePath(runtime, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            file.CopyTo(copy);
        }
    }

    /// <summary>The same changes in every copy of a tree: files gone, changed in place, grown, new, and with holes.</summary>
    public static void Change(string root, int seed)
    {
        var random = new Random(seed);
        for (var folder = 0; folder < 10; folder++)
            Directory.Delete(Path.Combine(root, "small", $"{folder:00}"), recursive: true);
        for (var number = 10; number < 500; number += 50)
        {
            using var file = File.OpenWrite(Path.Combine(root, "small", $"{number % 50:00}", $"{number / 50 % 8}", $"file-{number:0000}"));
            file.Position = random.Next(40_000);
            file.Write(Noise(random.Next(1, 9000), random));
        }
        for (var number = 0; number < 200; number++)
            WriteNoise(Path.Combine(root, "new", $"{number:000}"), random.Next(60_000), random);
        using var sparse = File.Create(Path.Combine(root, "new", "sparse"));
        sparse.SetLength(50 << 20);
        sparse.Position = 20 << 20;
        sparse.Write(Noise(1 << 20, random));
    }

    /// <summary>As unpacking an archive: one stream of creations and writes.</summary>
    public static Task<ProcessRun> UnpackAsync(string from, string to) =>
        Peer.MustAsync("sh", "-c", $"tar -C '{from}' -cf - . | tar -C '{to}' -xf -");

    /// <summary>Same names, bytes and links.</summary>
    public static async Task MustEqualAsync(string expected, string actual) =>
        await Peer.MustAsync("diff", "-r", "--no-dereference", "-x", "lost+found", expected, actual);

    private static void WriteNoise(string path, int length, Random random)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Noise(length, random));
    }

    /// <summary>Half of it compresses.</summary>
    private static byte[] Noise(int length, Random random)
    {
        var noise = new byte[length];
        random.NextBytes(noise.AsSpan(0, length / 2));
        return noise;
    }
}
