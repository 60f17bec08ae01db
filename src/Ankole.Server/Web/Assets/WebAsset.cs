using System.IO.Compression;
using System.Security.Cryptography;

namespace Ankole.Server.Web.Assets;

/// <summary>One file of the UI, carried inside the program, under an address that changes with its content.</summary>
internal sealed class WebAsset
{
    private readonly Lazy<byte[]> brotli;
    private readonly Lazy<byte[]> gzip;

    public WebAsset(string name, string contentType, byte[] bytes)
    {
        Name = name;
        ContentType = contentType;
        Bytes = bytes;
        Hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
        Url = $"/assets/{Hash}/{name}";
        brotli = new(() => Compress(output => new BrotliStream(output, CompressionLevel.Optimal)));
        gzip = new(() => Compress(output => new GZipStream(output, CompressionLevel.SmallestSize)));
    }

    public string Name { get; }

    public string ContentType { get; }

    public byte[] Bytes { get; }

    public string Hash { get; }

    public string Url { get; }

    /// <summary>The smallest form that the browser takes; made once, at the first request.</summary>
    /// <returns>The bytes and the name of their encoding; null when they are as they are.</returns>
    public (byte[] Bytes, string? Encoding) For(string acceptEncoding) =>
        acceptEncoding.Contains("br", StringComparison.Ordinal) ? (brotli.Value, "br")
        : acceptEncoding.Contains("gzip", StringComparison.Ordinal) ? (gzip.Value, "gzip")
        : (Bytes, null);

    private byte[] Compress(Func<Stream, Stream> compressor)
    {
        using var output = new MemoryStream();
        using (var stream = compressor(output))
            stream.Write(Bytes);
        return output.ToArray();
    }
}
