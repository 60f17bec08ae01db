using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>
/// What a client connects to, by the NBD URI specification (doc/uri.md of the NBD project): <c>nbd://HOST[:PORT]/EXPORT</c>,
/// <c>nbds://…</c> with TLS, <c>nbd+unix:///EXPORT?socket=PATH</c>, <c>nbds+unix:///…</c>.
/// </summary>
public sealed record NbdUri
{
    private NbdUri()
    {
    }

    public NbdAddress Address { get; private init; } = null!;

    /// <summary>Empty for the default export.</summary>
    public string ExportName { get; private init; } = "";

    /// <summary>True for <c>nbds</c>: a connection that is not encrypted is refused.</summary>
    public bool RequiresTls { get; private init; }

    /// <summary>The name the server's certificate must have, where it is not the host's (<c>tls-hostname</c>).</summary>
    public string? TlsHostname { get; private init; }

    /// <summary>False with <c>tls-verify-peer=0</c>: any certificate is taken.</summary>
    public bool VerifyPeer { get; private init; } = true;

    /// <summary>
    /// The directory with <c>ca-cert.pem</c>, and where the server asks for one <c>client-cert.pem</c> and <c>client-key.pem</c>
    /// (<c>tls-certificates</c>, as libnbd's tools take it); null: the authorities of the system.
    /// </summary>
    public string? TlsCertificates { get; private init; }

    public static NbdUri ForUnix(string path, string exportName = "", bool tls = false) =>
        new() { Address = NbdAddress.Unix(path), ExportName = exportName, RequiresTls = tls };

    public static NbdUri ForTcp(string host, int port = NbdLimits.DefaultPort, string exportName = "", bool tls = false) =>
        new() { Address = NbdAddress.Tcp(host, port), ExportName = exportName, RequiresTls = tls };

    /// <summary>True when the text begins with one of the four schemes.</summary>
    public static bool HasScheme(string text) => TrySplitScheme(text, out _, out _);

    /// <exception cref="InvalidInputException">The text is no NBD URI; the message says what is missing.</exception>
    public static NbdUri Parse(string text)
    {
        if (!TrySplitScheme(text, out var scheme, out var rest))
            throw Invalid(text, "it must begin with nbd://, nbds://, nbd+unix:// or nbds+unix://");
        if (rest.Contains('#'))
            throw Invalid(text, "a '#' fragment means nothing here; write %23 for the character");
        var question = rest.IndexOf('?');
        var query = question < 0 ? "" : rest[(question + 1)..];
        rest = question < 0 ? rest : rest[..question];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var export = Decode(text, slash < 0 ? "" : rest[(slash + 1)..]);
        if (!NbdText.IsValid(export))
            throw Invalid(text, "the export name must have at most 4096 bytes and no NUL");

        var isUnix = scheme.EndsWith("+unix", StringComparison.Ordinal);
        var uri = ParseQuery(text, query, isUnix, out var socket) with
        {
            ExportName = export,
            RequiresTls = scheme.StartsWith("nbds", StringComparison.Ordinal),
        };
        if (!isUnix)
            return uri with { Address = ParseAuthority(text, authority) };
        if (authority.Length > 0)
            throw Invalid(text, $"a unix socket has no host '{authority}': write {scheme}:///EXPORT?socket=PATH with three slashes");
        if (string.IsNullOrEmpty(socket))
            throw Invalid(text, $"the socket is missing: write {scheme}:///EXPORT?socket=PATH");
        return uri with { Address = NbdAddress.Unix(socket) };
    }

    public override string ToString()
    {
        var scheme = RequiresTls ? "nbds" : "nbd";
        var export = Uri.EscapeDataString(ExportName);
        var query = new List<string>();
        if (Address.IsUnix)
            query.Add("socket=" + Uri.EscapeDataString(Address.Path).Replace("%2F", "/", StringComparison.Ordinal));
        if (TlsHostname is not null)
            query.Add("tls-hostname=" + Uri.EscapeDataString(TlsHostname));
        if (TlsCertificates is not null)
            query.Add("tls-certificates=" + Uri.EscapeDataString(TlsCertificates).Replace("%2F", "/", StringComparison.Ordinal));
        if (!VerifyPeer)
            query.Add("tls-verify-peer=0");
        var tail = query.Count == 0 ? "" : "?" + string.Join('&', query);
        if (Address.IsUnix)
            return $"{scheme}+unix:///{export}{tail}";
        var port = Address.Port == NbdLimits.DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{Address.Port}");
        return $"{scheme}://{NbdAddress.Bracketed(Address.Host)}{port}/{export}{tail}";
    }

    private static bool TrySplitScheme(string text, [NotNullWhen(true)] out string? scheme, [NotNullWhen(true)] out string? rest)
    {
        (scheme, rest) = (null, null);
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (end < 0 || text[..end] is not ("nbd" or "nbds" or "nbd+unix" or "nbds+unix"))
            return false;
        (scheme, rest) = (text[..end], text[(end + 3)..]);
        return true;
    }

    private static NbdAddress ParseAuthority(string text, string authority)
    {
        if (authority.Contains('@'))
            throw Invalid(text, "user names belong to TLS with pre-shared keys, which is not supported: leave out what stands before '@'");
        var end = authority.StartsWith('[') ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        if (end < 0 || (end == 0 && !authority.StartsWith(':')))
            end = authority.Length;
        var host = authority[..end].Trim('[', ']');
        var port = (int)(ushort)NbdLimits.DefaultPort;
        if (end < authority.Length)
        {
            if (authority[end] != ':' || !ushort.TryParse(authority.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var given) || given == 0)
                throw Invalid(text, "the port must be a number from 1 to 65535");
            port = given;
        }
        return host.Length > 0 ? NbdAddress.Tcp(Uri.UnescapeDataString(host), port) : throw Invalid(text, "the host is missing: write nbd://HOST[:PORT]/EXPORT");
    }

    private static NbdUri ParseQuery(string text, string query, bool isUnix, out string? socket)
    {
        socket = null;
        var uri = new NbdUri();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var key = equals < 0 ? pair : pair[..equals];
            var value = Decode(text, equals < 0 ? "" : pair[(equals + 1)..]);
            switch (key)
            {
                case "socket" when isUnix:
                    socket = value;
                    break;
                case "tls-hostname":
                    uri = uri with { TlsHostname = value };
                    break;
                case "tls-verify-peer" when value is "0" or "1":
                    uri = uri with { VerifyPeer = value == "1" };
                    break;
                case "tls-certificates":
                    uri = uri with { TlsCertificates = value };
                    break;
                case "tls-type" when value == "x509":
                    break;
                case "tls-type":
                    throw Invalid(text, $"tls-type={value} is not supported: only x509 is");
                default:
                    throw Invalid(text, $"the parameter '{pair}' is not understood");
            }
        }
        return uri;
    }

    private static string Decode(string text, string part)
    {
        for (var i = part.IndexOf('%'); i >= 0; i = part.IndexOf('%', i + 1))
            if (i + 2 >= part.Length || !char.IsAsciiHexDigit(part[i + 1]) || !char.IsAsciiHexDigit(part[i + 2]))
                throw Invalid(text, "a '%' must be followed by two hex digits");
        return Uri.UnescapeDataString(part);
    }

    private static InvalidInputException Invalid(string text, string why) => new($"'{text}' is not an NBD URI: {why}.");
}
