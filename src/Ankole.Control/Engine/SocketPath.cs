using System.Security.Cryptography;
using System.Text;

namespace Ankole.Control;

/// <summary>Where a volume's NBD socket lies. A socket's name has room for 107 bytes (unix(7)), so a deep data folder gets short names.</summary>
internal static class SocketPath
{
    private const int MaxBytes = 107;

    /// <exception cref="Core.InvalidInputException">Even a short name does not fit.</exception>
    public static string Of(string folder, string volume)
    {
        var path = Path.Combine(folder, volume + ".sock");
        if (Encoding.UTF8.GetByteCount(path) <= MaxBytes)
            return path;
        var brief = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(volume)))[..16]);
        return Encoding.UTF8.GetByteCount(brief) <= MaxBytes
            ? brief
            : throw new Core.InvalidInputException(
                $"the data folder's path is too long for unix sockets ('{brief}' has more than {MaxBytes} bytes). Use a data folder with a shorter path.");
    }
}
