using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Ankole.Backup;

/// <summary>Makes the one HTTP client of a store: its own pool of connections, its proxy, its trust. Deadlines come with each request (<see cref="AttemptDeadline"/>).</summary>
internal static class StoreHttp
{
    /// <summary>A server behind a name may move; connections are renewed so that the new address is found.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <param name="trust">Certificates trusted beside the system's.</param>
    public static HttpClient CreateClient(X509Certificate2Collection trust, IWebProxy? proxy, ObjectStoreOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.MaxInFlight,
            PooledConnectionLifetime = ConnectionLifetime,
            UseProxy = proxy is not null,
            Proxy = proxy,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = new CertificateTrust(trust).Validate;
        return new HttpClient(new BodyAtOnceHandler(handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Sends a body at once: to ask first and wait for "100 Continue", as an SDK may for a PUT, costs a round trip per object.</summary>
    private sealed class BodyAtOnceHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.ExpectContinue = null;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
