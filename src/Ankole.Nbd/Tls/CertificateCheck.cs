using System.Security.Cryptography.X509Certificates;

namespace Ankole.Nbd;

/// <summary>Whether a peer's certificate is signed by an authority we were given, and carries a name we accept.</summary>
internal static class CertificateCheck
{
    /// <param name="authorities">Null trusts the system's.</param>
    /// <param name="names">Empty accepts every name.</param>
    /// <param name="purpose">What the certificate must be good for: "1.3.6.1.5.5.7.3.1" a server, "…3.2" a client.</param>
    /// <param name="reason">Why it is refused.</param>
    public static bool IsTrusted(
        X509Certificate? presented, X509Chain? sentAlong, X509Certificate2Collection? authorities, IReadOnlyList<string> names, string purpose,
        out string reason)
    {
        if (presented is not X509Certificate2 certificate)
        {
            reason = "it sent no certificate";
            return false;
        }
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(purpose));
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (authorities is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        if (sentAlong is not null)
            foreach (var element in sentAlong.ChainElements)
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        if (!chain.Build(certificate))
        {
            reason = $"its certificate '{certificate.Subject}' is not trusted: "
                + string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
            return false;
        }
        if (names.Count > 0 && !names.Any(name => HasName(certificate, name)))
        {
            reason = $"its certificate '{certificate.Subject}' is not for {string.Join(" or ", names.Select(name => $"'{name}'"))}";
            return false;
        }
        reason = "";
        return true;
    }

    /// <summary>A subject alternative name, or the common name where there is none.</summary>
    private static bool HasName(X509Certificate2 certificate, string name) =>
        certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: true)
        || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) == name;
}
