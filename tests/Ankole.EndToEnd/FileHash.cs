using System.Security.Cryptography;

namespace Ankole.EndToEnd;

internal static class FileHash
{
    /// <summary>SHA-256 of the whole file, holes as zeros, in lower-case hex.</summary>
    public static async Task<string> OfAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
    }
}
