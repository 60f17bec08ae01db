using System.Globalization;
using System.Net;

namespace Ankole.Backup;

/// <summary>
/// Which proxy a request goes through, by the rules that <c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c> and <c>NO_PROXY</c> have in Longhorn: the key of the
/// request's scheme; never for this machine itself; NO_PROXY is a list of <c>*</c>, names (with all below them), addresses, networks
/// (<c>10.0.0.0/8</c>), each perhaps with a port.
/// </summary>
internal sealed class ProxySelection : IWebProxy
{
    private readonly Uri? forHttp;
    private readonly Uri? forHttps;
    private readonly string[] exceptions;

    private ProxySelection(Uri? forHttp, Uri? forHttps, string[] exceptions)
    {
        this.forHttp = WithoutUser(forHttp);
        this.forHttps = WithoutUser(forHttps);
        this.exceptions = exceptions;
        Credentials = new ProxyPasswords([forHttp, forHttps]);
    }

    public ICredentials? Credentials { get; set; }

    /// <summary>Null when the credentials name no proxy: then none is used, whatever the process's environment says.</summary>
    public static ProxySelection? From(TargetCredentials credentials)
    {
        _ = TryParseProxy(credentials[CredentialKey.HttpProxy], out var http);
        _ = TryParseProxy(credentials[CredentialKey.HttpsProxy], out var https);
        if (http is null && https is null)
            return null;
        var exceptions = (credentials[CredentialKey.NoProxy] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new ProxySelection(http, https, exceptions);
    }

    /// <summary>An address without a scheme is an HTTP proxy's.</summary>
    public static bool TryParseProxy(string? text, out Uri? proxy)
    {
        proxy = null;
        if (string.IsNullOrEmpty(text))
            return false;
        return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text, UriKind.Absolute, out proxy) &&
            proxy.Scheme is "http" or "https" or "socks5" && proxy!.Host.Length > 0;
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : ProxyFor(destination);

    public bool IsBypassed(Uri host) =>
        ProxyFor(host) is null || host.IsLoopback || exceptions.Any(exception => Matches(exception, host));

    /// <summary>Exceptions of the HTTP client name the proxy by its whole address, and no password belongs into an error.</summary>
    private static Uri? WithoutUser(Uri? proxy) => proxy is null ? null : new UriBuilder(proxy) { UserName = "", Password = "" }.Uri;

    private Uri? ProxyFor(Uri destination) => destination.Scheme == Uri.UriSchemeHttps ? forHttps : forHttp;

    private static bool Matches(string exception, Uri destination)
    {
        if (exception == "*")
            return true;
        var host = destination.IdnHost;
        if (IPAddress.TryParse(host, out var address) && IPNetwork.TryParse(exception, out var network))
            return network.Contains(address);
        var (name, port) = SplitPort(exception);
        if (port is not null && port != destination.Port)
            return false;
        if (address is not null)
            return IPAddress.TryParse(name, out var excepted) && excepted.Equals(address);
        name = name.StartsWith("*.", StringComparison.Ordinal) ? name[1..] : name;
        return name.StartsWith('.')
            ? host.EndsWith(name, StringComparison.OrdinalIgnoreCase)
            : host.Equals(name, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + name, StringComparison.OrdinalIgnoreCase);
    }

    private static (string Name, int? Port) SplitPort(string exception)
    {
        var colon = exception.LastIndexOf(':');
        return colon > 0 && exception.IndexOf(':', StringComparison.Ordinal) == colon &&
            int.TryParse(exception.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (exception[..colon], port)
            : (exception, null);
    }

    /// <summary>A proxy's own user and password, which stand in its address.</summary>
    private sealed class ProxyPasswords(Uri?[] proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            var proxy = Array.Find(proxies, proxy => proxy is { UserInfo.Length: > 0 } && proxy.Host == uri.Host && proxy.Port == uri.Port);
            if (proxy is null)
                return null;
            var parts = proxy.UserInfo.Split(':', 2);
            return new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
    }
}
