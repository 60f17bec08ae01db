using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ankole.Backup;

/// <summary>Trusts what the system trusts and, beside it, every certificate given; the name in the certificate must fit in both cases.</summary>
internal sealed class CertificateTrust(X509Certificate2Collection extra)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <exception cref="AuthenticationException">Instead of false, so that the reason reaches the person who reads the error.</exception>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            throw new AuthenticationException("the server shows no certificate");
        using var shown = new X509Certificate2(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException(
                $"the server's certificate is for {NamesOf(shown)}, not for the host of the endpoint: use a name it covers, or have it issued for this one");
        return LeadsToExtra(shown, chain) ? true : throw new AuthenticationException(ProblemOf(chain));
    }

    private bool LeadsToExtra(X509Certificate2 shown, X509Chain? presented)
    {
        if (extra.Count == 0)
            return false;
        using var chain = new X509Chain();
        // Any given certificate is an anchor, an intermediate or the server's own too; that the chain has no root the system knows is then no fault.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ExtraStore.AddRange(extra);
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(shown) && chain.ChainElements.Any(element => extra.Any(given => IsSame(given, element.Certificate)));
    }

    private static bool IsSame(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    private string ProblemOf(X509Chain? chain)
    {
        var status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return "the server's certificate has expired or is not valid yet: renew it, or set this machine's clock right";
        return extra.Count > 0
            ? "the server's certificate is signed neither by an authority this system trusts nor by one of the given certificates: give its authority's certificate as PEM"
            : "the server's certificate is signed by no authority this system trusts: give its authority's certificate as PEM";
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .Take(5).ToList();
        return names.Count > 0 ? string.Join(", ", names) : $"'{certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}'";
    }
}
