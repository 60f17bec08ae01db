using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ankole.Core;

namespace Ankole.Server;

/// <summary>
/// The certificate that the API shows: the one that was configured, or one that the daemon made for itself. <c>kubectl</c> sends a token over TLS
/// only, so there is always one; its own is for this host's loopback addresses, and clients trust it by its file.
/// </summary>
internal static class ServerCertificate
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(3650);

    /// <summary>One that ends within this time is made anew at the next start.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(90);

    /// <exception cref="InvalidInputException">The files hold no certificate with its key.</exception>
    public static X509Certificate2 Load(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"the TLS certificate '{certificate}' with the key '{key}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The daemon's own, made when there is none yet.</summary>
    public static X509Certificate2 OwnOf(DataFolder folder, TimeProvider time)
    {
        if (File.Exists(folder.Certificate) && File.Exists(folder.CertificateKey))
        {
            var kept = Load(folder.Certificate, folder.CertificateKey);
            if (kept.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime > Renewal)
                return kept;
            kept.Dispose();
        }
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = Request(key).CreateSelfSigned(time.GetUtcNow().AddDays(-1), time.GetUtcNow() + Lifetime);
        PrivateFile.Write(folder.CertificateKey, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFile.Write(folder.Certificate, made.ExportCertificatePem() + "\n");
        return Load(folder.Certificate, folder.CertificateKey);
    }

    private static CertificateRequest Request(ECDsa key)
    {
        var request = new CertificateRequest("CN=ankoled", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        return request;
    }
}
