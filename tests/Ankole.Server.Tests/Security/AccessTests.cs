using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Ankole.Core;
using Ankole.Server.Tests.Api;
using Ankole.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Server.Tests.Security;

public sealed class AccessTests : ApiTests
{
    [Theory]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/apis/ankole.io/v1beta1/volumes")]
    [InlineData("POST", "/apis/ankole.io/v1beta1/volumes")]
    [InlineData("GET", "/api/v1/namespaces/ankole-system/secrets/s3")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/version")]
    [InlineData("GET", "/openapi/v3")]
    [InlineData("GET", "/nothing/at/all")]
    [InlineData("GET", "/healthz/more")]
    [InlineData("GET", "/healthz/../api")]
    public async Task Without_the_token_there_is_nothing_but_health(string method, string path)
    {
        using var none = await Server.SendAsync(method, path, change: request => request.Headers.Authorization = new AuthenticationHeaderValue("None"));
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        var text = await none.Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain(Server.Token, text, StringComparison.Ordinal);
        using var wrong = await Server.SendAsync(method, path, change: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Server.Token[..^1] + "x"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var prefix = await Server.SendAsync(method, path, change: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Server.Token[..10]));
        Assert.Equal(HttpStatusCode.Unauthorized, prefix.StatusCode);
    }

    [Fact]
    public async Task Health_needs_no_token()
    {
        using var client = new HttpClient { BaseAddress = Server.Address };
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz", Token));
        Assert.Equal("ok\n", await client.GetStringAsync("/readyz", Token));
    }

    [Fact]
    public async Task Many_failures_are_cut_short_and_the_right_token_is_still_let_in()
    {
        // On the real clock one failure is forgiven every few seconds, and the last request may be the one.
        await using var server = await ApiServer.StartAsync(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        using var client = new HttpClient { BaseAddress = server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", "guess") } };
        var codes = new List<HttpStatusCode>();
        for (var i = 0; i < 15; i++)
        {
            using var response = await client.GetAsync("/api", Token);
            codes.Add(response.StatusCode);
        }
        Assert.All(codes[..10], code => Assert.Equal(HttpStatusCode.Unauthorized, code));
        Assert.All(codes[10..], code => Assert.Equal(HttpStatusCode.TooManyRequests, code));
        await server.JsonAsync(200, "GET", "/api");
    }

    [Fact]
    public void Failures_are_forgiven_with_time_and_counted_by_address()
    {
        var time = new FakeTimeProvider();
        var limiter = new FailureLimiter(time);
        var first = IPAddress.Parse("192.0.2.1");
        while (limiter.TryFail(first))
        {
        }
        // Addresses share buckets by chance, anew in each process: not all of these share the first one's.
        Assert.Contains(Enumerable.Range(1, 20), host => limiter.TryFail(new IPAddress([198, 51, 100, (byte)host])));
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(limiter.TryFail(first));
        for (var i = 0; i < 100_000; i++)
            limiter.TryFail(new IPAddress(i));
    }

    [Fact]
    public async Task The_same_port_speaks_https_with_a_certificate_that_clients_can_check()
    {
        using var trusted = X509CertificateLoader.LoadCertificateFromFile(Server.Folder.Certificate);
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = X509RevocationMode.NoCheck },
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new UriBuilder(Server.Address) { Scheme = "https" }.Uri };
        Assert.Equal("ok\n", await client.GetStringAsync("/healthz", Token));
        using var plain = new HttpClient { BaseAddress = client.BaseAddress };
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetStringAsync("/healthz", Token));
    }

    [Theory]
    [InlineData("token")]
    [InlineData("tls.key")]
    [InlineData("kubeconfig")]
    [InlineData("resources.db")]
    public void Private_files_are_for_their_owner_only(string name) =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Server.Folder.Path, name)));

    [Fact]
    public void The_keys_are_for_their_owner_only()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Server.Folder.Keys));
        var keys = Directory.GetFiles(Server.Folder.Keys);
        Assert.NotEmpty(keys);
        Assert.All(keys, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void A_token_file_that_others_can_read_is_refused()
    {
        using var folder = new TemporaryFolder();
        TokenFile.ReadOrCreate(folder["token"]);
        File.SetUnixFileMode(folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("mode", Assert.Throws<AnkoleException>(() => TokenFile.ReadOrCreate(folder["token"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.0.2.1")]
    [InlineData("::")]
    public void Listening_beyond_this_host_needs_tls(string address)
    {
        using var temporary = new TemporaryFolder();
        using var folder = DataFolder.Open(temporary["data"]);
        var options = new ServerOptions { DataFolder = folder.Path, Listen = new IPEndPoint(IPAddress.Parse(address), 0) };
        Assert.Contains("TLS", Assert.Throws<InvalidInputException>(() => AnkoleServer.Build(options, folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_folder_is_held_by_one_process()
    {
        using var temporary = new TemporaryFolder();
        using (DataFolder.Open(temporary["data"]))
            Assert.Equal(ErrorKind.Busy, Assert.Throws<AnkoleException>(() => DataFolder.Open(temporary["data"])).Kind);
        DataFolder.Open(temporary["data"]).Dispose();
    }
}
