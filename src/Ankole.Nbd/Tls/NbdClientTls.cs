using System.Security.Cryptography.X509Certificates;

namespace Ankole.Nbd;

/// <summary>Whom a client trusts, and how it proves who it is.</summary>
public sealed record NbdClientTls
{
    /// <summary>Null trusts the authorities of the system.</summary>
    public X509Certificate2Collection? ServerAuthorities { get; init; }

    /// <summary>With its private key; null when the server asks for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Reads PEM files; each may be null.</summary>
    /// <exception cref="Core.InvalidInputException">A file cannot be read or holds something else; the message names it.</exception>
    public static NbdClientTls FromFiles(string? serverAuthorities, string? certificate = null, string? key = null) => new()
    {
        ServerAuthorities = serverAuthorities is null ? null : PemFiles.ReadAuthorities(serverAuthorities),
        Certificate = certificate is null ? null : PemFiles.ReadCertificate(certificate, key ?? certificate).Own,
    };

    /// <summary>Reads <c>ca-cert.pem</c>, and <c>client-cert.pem</c> with <c>client-key.pem</c> where they are there, as libnbd's tools do.</summary>
    /// <exception cref="Core.InvalidInputException">A file cannot be read or holds something else; the message names it.</exception>
    public static NbdClientTls FromDirectory(string directory)
    {
        var certificate = Path.Combine(directory, "client-cert.pem");
        return File.Exists(certificate)
            ? FromFiles(Path.Combine(directory, "ca-cert.pem"), certificate, Path.Combine(directory, "client-key.pem"))
            : FromFiles(Path.Combine(directory, "ca-cert.pem"));
    }
}
