using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>Certificates and keys from PEM files. Messages name files, never contents.</summary>
internal static class PemFiles
{
    /// <returns>The file's first certificate with its key, and the other certificates of the file.</returns>
    public static (X509Certificate2 Own, X509Certificate2Collection Others) ReadCertificate(string certificatePath, string keyPath)
    {
        try
        {
            var own = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            var others = new X509Certificate2Collection();
            others.ImportFromPemFile(certificatePath);
            if (others.Count > 0)
                others.RemoveAt(0);
            return (own, others);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new InvalidInputException(
                $"cannot use the certificate '{certificatePath}' with the key '{keyPath}': {e.Message} Both must be readable PEM files that belong together, the key without a passphrase.", e);
        }
    }

    public static X509Certificate2Collection ReadAuthorities(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0
                ? authorities
                : throw new InvalidInputException($"'{path}' holds no certificate: give a PEM file with the certificate of the authority.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidInputException($"cannot read certificates from '{path}': {e.Message}", e);
        }
    }
}
