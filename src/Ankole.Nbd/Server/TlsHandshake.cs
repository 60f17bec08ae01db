using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Ankole.Nbd;

/// <summary>The server's side of TLS, on the connection's own thread.</summary>
internal static class TlsHandshake
{
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    /// <exception cref="AuthenticationException">The client is refused, or refuses us.</exception>
    public static TlsChannel AuthenticateAsServer(Socket socket, NbdServerTls tls)
    {
        var reason = "";
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            stream.AuthenticateAsServer(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(tls.Certificate, tls.Intermediates, offline: true),
                ClientCertificateRequired = tls.ClientAuthorities is not null,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, certificate, chain, _) => tls.ClientAuthorities is null
                    || CertificateCheck.IsTrusted(certificate, chain, tls.ClientAuthorities, tls.ClientNames, ClientPurpose, out reason),
            });
            return new TlsChannel(socket, stream);
        }
        catch (AuthenticationException e) when (reason.Length > 0)
        {
            stream.Dispose();
            throw new AuthenticationException("the client is not let in: " + reason, e);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
