using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ankole.Backup;

/// <summary>Certificates given as PEM text, several in a row if need be.</summary>
internal static class PemCertificates
{
    /// <param name="key">The credential that holds them, for the message.</param>
    /// <exception cref="CryptographicException">No certificate, or a damaged one. The message holds nothing of the text.</exception>
    public static X509Certificate2Collection Parse(string key, string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"{key} holds a damaged certificate (give whole PEM blocks, line breaks included)", e);
        }
        if (certificates.Count != Count(pem))
            throw new CryptographicException($"{key} holds a damaged certificate (give whole PEM blocks, line breaks included)");
        return certificates.Count > 0
            ? certificates
            : throw new CryptographicException(
                $"{key} holds no certificate (it must be PEM text, -----BEGIN CERTIFICATE----- and so on; a value that was base64-encoded twice looks like this too)");
    }

    private static int Count(string pem) => pem.AsSpan().Count("-----BEGIN CERTIFICATE-----");
}
