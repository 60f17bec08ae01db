using System.Security.Cryptography;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>The API's bearer token, in a file that only the daemon's user can read. Made at the first start; deleting the file makes a new one at the next.</summary>
internal static class TokenFile
{
    /// <summary>32 random bytes cannot be guessed, however fast.</summary>
    private const int TokenBytes = 32;

    /// <exception cref="AnkoleException">Others can read the file, or it holds no token.</exception>
    public static string ReadOrCreate(string path)
    {
        if (!File.Exists(path))
            Create(path);
        var mode = File.GetUnixFileMode(path);
        if ((mode & ~PrivateFile.Mode) != 0)
            throw new AnkoleException(ErrorKind.Refused, $"'{path}' can be read by others (mode {Convert.ToString((int)mode, 8)}): delete it so that a new token is made, or set its mode to 600.");
        var token = File.ReadAllText(path).Trim();
        return token.Length >= TokenBytes ? token : throw new AnkoleException(
            ErrorKind.Refused, $"'{path}' holds no token of at least {TokenBytes} characters: delete it so that a new one is made.");
    }

    private static void Create(string path)
    {
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes)).ToLowerInvariant();
        PrivateFile.Write(path, token + "\n");
    }
}
