using System.Net.Security;
using System.Security.Authentication;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>The client's side of TLS.</summary>
internal static class NbdClientTlsHandshake
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    /// <exception cref="AnkoleException">The server is not who it should be, or refuses us.</exception>
    public static async Task<Stream> AuthenticateAsync(NbdUri uri, NbdClientTls tls, Stream stream, CancellationToken cancellationToken)
    {
        var name = uri.TlsHostname ?? uri.Address.Host;
        var reason = "";
        var secured = new SslStream(stream);
        try
        {
            await secured.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name ?? "",
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificates = tls.Certificate is null ? null : [tls.Certificate],
                    LocalCertificateSelectionCallback = tls.Certificate is null ? null : (_, _, _, _, _) => tls.Certificate,
                    RemoteCertificateValidationCallback = (_, certificate, chain, _) => !uri.VerifyPeer
                        || CertificateCheck.IsTrusted(certificate, chain, tls.ServerAuthorities, name is null ? [] : [name], ServerPurpose, out reason),
                },
                cancellationToken);
            return secured;
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            await secured.DisposeAsync();
            throw reason.Length > 0
                ? new AnkoleException(ErrorKind.Refused, $"{uri}: the server is not trusted: {reason}. Give its authority's certificate, or tls-hostname if it has another name.", e)
                : new AnkoleException(ErrorKind.Unavailable, $"{uri}: TLS failed: {e.InnerException?.Message ?? e.Message}", e);
        }
    }
}
