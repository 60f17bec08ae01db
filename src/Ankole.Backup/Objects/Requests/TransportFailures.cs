using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Why no HTTP answer came: name, connection, proxy, TLS; and what a person can do about it.</summary>
/// <param name="isOwnEndpoint">The address was given, in the credential <paramref name="endpointKey"/>.</param>
/// <param name="certificateKey">The credential that takes certificates.</param>
/// <param name="nameNotFound">What to say when the endpoint's name cannot be resolved; no full stop at the end.</param>
internal sealed partial class TransportFailures(
    Uri endpoint, IWebProxy? proxy, bool isOwnEndpoint, string endpointKey, string certificateKey, string nameNotFound)
{
    private const int LongestServerWords = 200;

    private string Host => endpoint.Authority;

    private Uri? Proxy => proxy?.GetProxy(endpoint);

    /// <summary>Who is at the other end of the connection.</summary>
    private string Peer => Proxy is { } address ? $"the proxy {address.Authority} (for {Host})" : Host;

    /// <returns>Null: it was not the transport.</returns>
    public RequestFailure? Explain(Exception error)
    {
        if (Find<AuthenticationException>(error) is { } tls)
            return ExplainTls(tls);
        if (Find<HttpRequestException>(error) is { } http)
            return ExplainHttp(http);
        if (Find<SocketException>(error) is { } socket)
            return ExplainSocket(socket);
        if (Find<TimeoutException>(error) is not null || error is OperationCanceledException)
            return RequestFailure.Transient($"no connection to {Peer} came about in time: check host and port, the network and firewalls on the way");
        return Find<IOException>(error) is not null ? RequestFailure.Transient($"the connection to {Host} was lost in the middle{SchemeHint()}") : null;
    }

    /// <summary>The error or the first of its causes that is of this type.</summary>
    public static T? Find<T>(Exception error) where T : Exception => Chain(error).OfType<T>().FirstOrDefault();

    /// <summary>A server's or a library's words as a part of one of our sentences.</summary>
    public static string OneLine(string? text)
    {
        var line = WhiteSpace().Replace(text ?? "", " ").Trim().TrimEnd('.');
        return line.Length <= LongestServerWords ? line : line[..LongestServerWords] + " …";
    }

    private RequestFailure ExplainTls(AuthenticationException tls)
    {
        // Every reason of ours comes from CertificateTrust; TLS itself fails with words of the library below.
        var isPlainServer = Chain(tls).Any(e => e.Message.Contains("frame", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("wrong version", StringComparison.OrdinalIgnoreCase));
        return RequestFailure.Final(ErrorKind.Unavailable, isPlainServer
            ? $"{Host} does not speak TLS there: write http:// in {endpointKey}, or use the server's TLS port"
            : $"no TLS connection to {Host}: {OneLine(Chain(tls).Last().Message)}; {certificateKey} takes PEM certificates to trust");
    }

    private RequestFailure ExplainHttp(HttpRequestException http)
    {
        if (Find<SocketException>(http) is { } socket)
            return ExplainSocket(socket);
        return http.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => NameNotFound(),
            HttpRequestError.SecureConnectionError => RequestFailure.Final(ErrorKind.Unavailable,
                $"no TLS connection to {Host}: is that port a TLS port? Otherwise write http:// in {endpointKey}"),
            HttpRequestError.ProxyTunnelError => RequestFailure.Final(ErrorKind.Unavailable, ExplainTunnel(OneLine(http.Message).TrimEnd('.', '"'))),
            HttpRequestError.InvalidResponse => RequestFailure.Final(ErrorKind.Unavailable, $"{Host} does not answer in HTTP{SchemeHint()}"),
            _ => RequestFailure.Transient($"the connection to {Host} was lost{SchemeHint()}"),
        };
    }

    /// <summary>The status that the proxy answered is nowhere but in the client's words.</summary>
    private string ExplainTunnel(string words) => words.Contains("407", StringComparison.Ordinal)
        ? $"{Peer} wants a user and a password that it knows (407): write http://USER:PASSWORD@{Proxy?.Authority} in {CredentialKey.HttpsProxy}, with special characters as %XX"
        : $"the proxy of {CredentialKey.HttpsProxy} lets no connection through to {Host}: {words}";

    private RequestFailure ExplainSocket(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => NameNotFound(),
        SocketError.TryAgain => RequestFailure.Transient($"the name of {Peer} cannot be resolved at the moment: check this machine's DNS"),
        SocketError.ConnectionRefused => RequestFailure.Transient($"{Peer} refuses the connection: nothing listens there; check host and port, and that the server runs"),
        SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable =>
            RequestFailure.Transient($"{Peer} cannot be reached ({socket.SocketErrorCode}): check the address, the network and firewalls on the way"),
        _ => RequestFailure.Transient($"the connection to {Peer} was lost ({socket.SocketErrorCode}){SchemeHint()}"),
    };

    private RequestFailure NameNotFound() => RequestFailure.Final(ErrorKind.Unavailable, Proxy is null
        ? nameNotFound
        : $"the name of {Peer} cannot be resolved: check {CredentialKey.HttpProxy}, {CredentialKey.HttpsProxy} and this machine's DNS");

    /// <summary>A TLS port that is spoken to in plain HTTP mostly hangs up without a word.</summary>
    private string SchemeHint() =>
        isOwnEndpoint && endpoint.Scheme == Uri.UriSchemeHttp ? $"; if that port expects TLS, write https:// in {endpointKey}" : "";

    private static IEnumerable<Exception> Chain(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
            yield return e;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
