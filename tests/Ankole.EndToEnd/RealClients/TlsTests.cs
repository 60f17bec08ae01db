using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>NBD over TLS with certificates on both sides, spoken with libnbd (GnuTLS).</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_client_with_a_certificate_reads_and_writes()
    {
        await using var server = await ServeAsync();
        TestImage.Create(folder["in.img"], 64 << 20, seed: 24);

        var info = await Peer.MustAsync("nbdinfo", WithCertificates(server.Uri, "client"));
        await Peer.MustAsync("nbdcopy", "--flush", folder["in.img"], WithCertificates(server.Uri, "client"));
        await Peer.MustAsync("nbdcopy", WithCertificates(server.Uri, "client"), folder["out.img"]);

        Assert.Contains("newstyle-fixed with TLS", info.Output, StringComparison.Ordinal);
        Assert.Equal(await FileHash.OfAsync(folder["in.img"]), await FileHash.OfAsync(folder["out.img"]));
    }

    [Fact]
    public async Task A_client_whose_certificate_another_authority_signed_is_turned_away()
    {
        await using var server = await ServeAsync();
        await MakeAuthorityAsync("other");
        await MakeCertificateAsync("other", "stranger");
        File.Copy(folder["ca/ca-cert.pem"], folder["stranger/ca-cert.pem"], overwrite: true);

        var run = await Peer.RunAsync("nbdinfo", WithCertificates(server.Uri, "stranger"));

        Assert.NotEqual(0, run.ExitCode);
        Assert.DoesNotContain("export-size", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_certificate_or_without_TLS_is_turned_away()
    {
        await using var server = await ServeAsync();
        Directory.CreateDirectory(folder["nobody"]);
        File.Copy(folder["ca/ca-cert.pem"], folder["nobody/ca-cert.pem"]);

        var nobody = await Peer.RunAsync("nbdinfo", WithCertificates(server.Uri, "nobody"));
        var plain = await Peer.RunAsync("nbdinfo", server.Uri.Replace("nbds://", "nbd://", StringComparison.Ordinal));

        Assert.NotEqual(0, nobody.ExitCode);
        Assert.NotEqual(0, plain.ExitCode);
        Assert.DoesNotContain("export-size", nobody.Output + plain.Output, StringComparison.Ordinal);
    }

    private async Task<AnkoleServer> ServeAsync()
    {
        Peer.Require("openssl", "nbdinfo", "nbdcopy");
        await MakeAuthorityAsync("ca");
        await MakeCertificateAsync("ca", "server");
        await MakeCertificateAsync("ca", "client");
        await AnkoleCommand.MustAsync("replica", "create", folder["volume"], "--size", "64Mi");
        return await AnkoleServer.StartAsync(
            "replica", "serve", folder["volume"], "--nbd", "tcp:127.0.0.1:0", "--tls-cert", folder["server/client-cert.pem"],
            "--tls-key", folder["server/client-key.pem"], "--tls-client-ca", folder["ca/ca-cert.pem"]);
    }

    private string WithCertificates(string uri, string who) =>
        $"{uri}{(uri.Contains('?', StringComparison.Ordinal) ? '&' : '?')}tls-certificates={folder[who]}";

    private async Task MakeAuthorityAsync(string name)
    {
        Directory.CreateDirectory(folder[name]);
        await Peer.MustAsync(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", $"/CN=authority {name}",
            "-keyout", folder[$"{name}/ca-key.pem"], "-out", folder[$"{name}/ca-cert.pem"]);
    }

    /// <summary>A folder as libnbd wants it: ca-cert.pem, client-cert.pem, client-key.pem.</summary>
    private async Task MakeCertificateAsync(string authority, string name)
    {
        Directory.CreateDirectory(folder[name]);
        File.Copy(folder[$"{authority}/ca-cert.pem"], folder[$"{name}/ca-cert.pem"]);
        await Peer.MustAsync(
            "openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", $"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
            "-keyout", folder[$"{name}/client-key.pem"], "-out", folder[$"{name}/request.pem"]);
        await Peer.MustAsync(
            "openssl", "x509", "-req", "-in", folder[$"{name}/request.pem"], "-CA", folder[$"{authority}/ca-cert.pem"],
            "-CAkey", folder[$"{authority}/ca-key.pem"], "-CAcreateserial", "-days", "2", "-copy_extensions", "copyall",
            "-out", folder[$"{name}/client-cert.pem"]);
    }
}
