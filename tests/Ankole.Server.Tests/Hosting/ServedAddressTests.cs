using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ankole.Server.Tests.Hosting;

public sealed class ServedAddressTests
{
    private static readonly string[] Names = ["host.example.org", "host"];
    private static readonly IPAddress[] Addresses = [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::7")];

    [Theory]
    [InlineData("host.example.org", "host.example.org")]
    [InlineData("*.example.org", "host.example.org")]
    [InlineData("other.example.com,host", "host")]
    [InlineData("other.example.com,192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("backups.example.com", "backups.example.com")]
    [InlineData("*.example.com", "192.0.2.7")]
    public void The_name_that_is_told_is_one_that_the_certificate_is_for(string subjects, string expected)
    {
        using var certificate = CertificateFor(subjects.Split(','));
        Assert.Equal(expected, ServedAddress.Choose(Names, Addresses, certificate));
    }

    [Theory]
    [InlineData("0.0.0.0", "https://0.0.0.0:7420")]
    [InlineData("::", "https://[::]:7420")]
    public void All_addresses_are_no_address_to_connect_to(string listened, string bound)
    {
        using var certificate = CertificateFor(["backups.example.com"]);
        Assert.Equal("https://backups.example.com:7420", ServedAddress.Of(bound, IPAddress.Parse(listened), certificate));
    }

    [Theory]
    [InlineData("127.0.0.1", "https://127.0.0.1:7420")]
    [InlineData("192.0.2.7", "https://192.0.2.7:7420")]
    public void An_address_that_was_named_stays(string listened, string bound)
    {
        using var certificate = CertificateFor(["backups.example.com"]);
        Assert.Equal(bound, ServedAddress.Of(bound, IPAddress.Parse(listened), certificate));
    }

    private static X509Certificate2 CertificateFor(string[] subjects)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var subject in subjects)
            if (IPAddress.TryParse(subject, out var address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(subject);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
