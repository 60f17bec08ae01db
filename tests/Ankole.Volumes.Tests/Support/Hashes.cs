using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Volumes.Tests;

internal static class Hashes
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Of all the source's bytes, read in pieces that start and end anywhere.</summary>
    public static async Task<string> OfAsync(IBlockSource source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[(1 << 20) + 777];
        for (var offset = 0L; offset < source.SizeBytes; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, source.SizeBytes - offset));
            await source.ReadAsync(offset, part, TestContext.Current.CancellationToken);
            hash.AppendData(part.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static async Task<byte[]> BytesOfAsync(IBlockSource source)
    {
        var bytes = new byte[source.SizeBytes];
        await source.ReadAsync(0, bytes, TestContext.Current.CancellationToken);
        return bytes;
    }
}
