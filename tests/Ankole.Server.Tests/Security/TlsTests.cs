using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ankole.Testing;

namespace Ankole.Server.Tests.Security;

public sealed class TlsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beyond_this_host_there_is_only_https_with_the_certificate_that_was_given()
    {
        using var temporary = new TemporaryFolder();
        var authority = WriteCertificate(temporary);
        using var folder = DataFolder.Open(temporary["data"]);
        await using var app = AnkoleServer.Build(
            new ServerOptions
            {
                DataFolder = folder.Path, Listen = new IPEndPoint(IPAddress.Any, 0), TlsCertificate = temporary["cert.pem"], TlsKey = temporary["key.pem"], WithoutControllers = true,
            },
            folder);
        await app.StartAsync(Token);
        var port = new Uri(app.Urls.Single().Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)).Port;

        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        using var client = new HttpClient(handler);
        Assert.Equal("ok\n", await client.GetStringAsync(new Uri($"https://127.0.0.1:{port}/healthz"), Token));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/healthz"), Token));
        await app.StopAsync(Token);
        authority.Dispose();
    }

    private static X509Certificate2 WriteCertificate(TemporaryFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(folder["cert.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["key.pem"], key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
