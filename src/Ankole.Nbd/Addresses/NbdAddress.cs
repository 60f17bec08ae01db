using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ankole.Core;

namespace Ankole.Nbd;

/// <summary>Where a server listens: <c>unix:PATH</c> or <c>tcp:HOST:PORT</c>; an IPv6 host stands in brackets.</summary>
public sealed record NbdAddress
{
    private const string UnixPrefix = "unix:", TcpPrefix = "tcp:";

    /// <summary>sun_path of struct sockaddr_un holds 108 bytes, one of them the final NUL (unix(7)).</summary>
    private const int MaxPathBytes = 107;

    private NbdAddress()
    {
    }

    /// <summary>The socket's path, or null for TCP.</summary>
    public string? Path { get; private init; }

    /// <summary>A host name or address without brackets, or null for a unix socket.</summary>
    public string? Host { get; private init; }

    /// <summary>0 lets the system choose one.</summary>
    public int Port { get; private init; }

    [MemberNotNullWhen(true, nameof(Path))]
    [MemberNotNullWhen(false, nameof(Host))]
    public bool IsUnix => Path is not null;

    /// <exception cref="InvalidInputException">The path is empty or longer than a socket's name may be.</exception>
    public static NbdAddress Unix(string path)
    {
        if (path.Length == 0)
            throw new InvalidInputException("an NBD unix address needs a path: unix:/run/ankole.sock.");
        if (Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
            throw new InvalidInputException($"'{path}' is too long for a unix socket: use a path of at most {MaxPathBytes} bytes.");
        return new NbdAddress { Path = path };
    }

    public static NbdAddress Tcp(string host, int port) => new() { Host = host, Port = port };

    /// <exception cref="InvalidInputException">The text is neither form.</exception>
    public static NbdAddress Parse(string text)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
            return Unix(text[UnixPrefix.Length..]);
        if (text.StartsWith(TcpPrefix, StringComparison.Ordinal))
            return ParseTcp(text, text[TcpPrefix.Length..]);
        throw new InvalidInputException($"'{text}' is not an NBD address. Write unix:PATH or tcp:HOST:PORT, as unix:/run/ankole.sock or tcp:127.0.0.1:10809.");
    }

    /// <summary>As clients write it, for the named export.</summary>
    public NbdUri ToUri(string exportName = "", bool tls = false) =>
        IsUnix ? NbdUri.ForUnix(Path, exportName, tls) : NbdUri.ForTcp(Host, Port, exportName, tls);

    public override string ToString() =>
        IsUnix ? UnixPrefix + Path : string.Create(CultureInfo.InvariantCulture, $"{TcpPrefix}{Bracketed(Host)}:{Port}");

    internal static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;

    /// <exception cref="AnkoleException">The host has no address.</exception>
    internal async ValueTask<EndPoint> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IsUnix)
            return new UnixDomainSocketEndPoint(Path);
        if (IPAddress.TryParse(Host, out var address))
            return new IPEndPoint(address, Port);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
            if (addresses.Length > 0)
                return new IPEndPoint(addresses[0], Port);
            throw new AnkoleException(ErrorKind.Unavailable, $"host '{Host}' of {this} has no address.");
        }
        catch (SocketException e)
        {
            throw new AnkoleException(ErrorKind.Unavailable, $"host '{Host}' of {this} cannot be found: {e.Message}", e);
        }
    }

    private static NbdAddress ParseTcp(string text, string hostAndPort)
    {
        var colon = hostAndPort.LastIndexOf(':');
        var host = colon < 0 ? hostAndPort : hostAndPort[..colon];
        if (colon < 0 || !ushort.TryParse(hostAndPort.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new InvalidInputException($"'{text}' needs a port from 0 to 65535: write tcp:HOST:PORT, as tcp:127.0.0.1:10809.");
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (host.Length == 0 || (!isBracketed && host.Contains(':')))
            throw new InvalidInputException($"'{text}' needs a host, an IPv6 one in brackets: write tcp:HOST:PORT, as tcp:[::1]:10809.");
        return Tcp(isBracketed ? host[1..^1] : host, port);
    }
}
