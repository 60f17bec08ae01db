namespace Ankole.EndToEnd;

/// <summary>Raw images with data, holes and edges that fit no block.</summary>
internal static class TestImage
{
    /// <summary>A sparse file with about an eighth of its bytes written, in runs of 512 bytes to 1 MiB. The same seed, the same bytes.</summary>
    public static void Create(string path, long sizeBytes, int seed)
    {
        var random = new Random(seed);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        file.SetLength(sizeBytes);
        Scribble(file, random, sizeBytes / 8);
    }

    /// <summary>Writes so many bytes of noise at random places of an image that exists.</summary>
    public static void Change(string path, long changedBytes, int seed)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        Scribble(file, new Random(seed), changedBytes);
    }

    private static void Scribble(FileStream file, Random random, long bytes)
    {
        var noise = new byte[1 << 20];
        while (bytes > 0)
        {
            var length = (int)Math.Min(Math.Min(bytes, file.Length), 512L << random.Next(12));
            random.NextBytes(noise.AsSpan(0, length));
            file.Position = random.NextInt64((file.Length - length) / 512 + 1) * 512;
            file.Write(noise, 0, length);
            bytes -= length;
        }
    }
}
