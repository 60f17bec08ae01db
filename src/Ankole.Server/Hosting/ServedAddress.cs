using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Ankole.Server;

/// <summary>The address that clients are told. A daemon that listens on all addresses of its host names one that they can use.</summary>
internal static class ServedAddress
{
    /// <param name="bound">As the server says, with its port.</param>
    /// <param name="certificate">What clients will compare the name with.</param>
    public static string Of(string bound, IPAddress listened, X509Certificate2 certificate) =>
        listened.Equals(IPAddress.Any) || listened.Equals(IPAddress.IPv6Any)
            ? new UriBuilder(bound) { Host = Choose(NamesOfHost(), AddressesOfHost(), certificate) }.Uri.GetLeftPart(UriPartial.Authority)
            : bound;

    /// <summary>
    /// What the certificate is for: a name of this host, an address of it, or the first name that the certificate has. Where it is for none of them (only a
    /// pattern, say), the host's first address.
    /// </summary>
    /// <param name="names">Of this host, the longest first.</param>
    /// <param name="addresses">Of this host, without loopback.</param>
    public static string Choose(IReadOnlyList<string> names, IReadOnlyList<IPAddress> addresses, X509Certificate2 certificate)
    {
        string[] own = [.. names, .. addresses.Select(address => address.ToString())];
        return own.FirstOrDefault(name => certificate.MatchesHostname(name))
            ?? DnsNamesOf(certificate).FirstOrDefault(name => !name.Contains('*', StringComparison.Ordinal))
            ?? addresses.Select(address => address.ToString()).Concat(names).FirstOrDefault() ?? "localhost";
    }

    private static IEnumerable<string> DnsNamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames());

    private static IReadOnlyList<string> NamesOfHost()
    {
        var properties = IPGlobalProperties.GetIPGlobalProperties();
        var host = Dns.GetHostName();
        return properties.DomainName.Length > 0 && !host.Contains('.', StringComparison.Ordinal) ? [$"{host}.{properties.DomainName}", host] : [host];
    }

    private static IReadOnlyList<IPAddress> AddressesOfHost() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
            .OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1),
    ];
}
