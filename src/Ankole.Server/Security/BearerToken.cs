using System.Security.Cryptography;
using System.Text;

namespace Ankole.Server;

/// <summary>The API's one token. It is compared by its hash and in constant time: neither its length nor a matching beginning can be measured.</summary>
public sealed class BearerToken(string token) : IRequestAuthenticator
{
    private const string Scheme = "Bearer ";
    private readonly byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Names the token without telling it.</summary>
    public string Fingerprint => Convert.ToHexStringLower(hash.AsSpan(0, 8));

    public Credentials Check(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return Credentials.None;
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && Matches(header[Scheme.Length..].Trim()) ? Credentials.Valid : Credentials.Wrong;
    }

    /// <summary>Whether the text is the token.</summary>
    public bool Matches(string given) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), hash);
}
