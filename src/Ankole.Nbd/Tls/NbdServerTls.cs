using System.Security.Cryptography.X509Certificates;

namespace Ankole.Nbd;

/// <summary>How a server proves who it is, and whom it lets in.</summary>
public sealed record NbdServerTls
{
    /// <summary>With its private key.</summary>
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>Sent along with the certificate.</summary>
    public X509Certificate2Collection Intermediates { get; init; } = [];

    /// <summary>Null lets in every client; otherwise a client needs a certificate that one of these signed.</summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>Empty lets in every certificate of the authorities; otherwise its common name or a DNS name must be one of these.</summary>
    public IReadOnlyList<string> ClientNames { get; init; } = [];

    /// <summary>Reads PEM files.</summary>
    /// <param name="clientAuthorities">Null when clients need no certificate.</param>
    /// <exception cref="Core.InvalidInputException">A file cannot be read or holds something else; the message names it.</exception>
    public static NbdServerTls FromFiles(string certificate, string key, string? clientAuthorities = null)
    {
        var (own, others) = PemFiles.ReadCertificate(certificate, key);
        return new NbdServerTls
        {
            Certificate = own,
            Intermediates = others,
            ClientAuthorities = clientAuthorities is null ? null : PemFiles.ReadAuthorities(clientAuthorities),
        };
    }
}
