using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ankole-nbd-");
    private readonly TestAuthority authority = new();
    private readonly string authorityPath;
    private readonly (string Certificate, string Key) server, client;

    public TlsTests()
    {
        authorityPath = authority.WriteTo(PathOf("ca-cert.pem"));
        server = authority.Issue(directory.FullName, "localhost", isServer: true);
        client = authority.Issue(directory.FullName, "backup-1", isServer: false);
    }

    private NbdServerTls ServerTls => NbdServerTls.FromFiles(server.Certificate, server.Key, authorityPath);

    private NbdClientOptions ClientOptions => new() { Tls = NbdClientTls.FromFiles(authorityPath, client.Certificate, client.Key) };

    [Theory]
    [InlineData("tcp:127.0.0.1:0")]
    [InlineData("unix")]
    public async Task A_client_with_a_certificate_works_over_TLS(string kind)
    {
        await using var nbd = await StartAsync(ServerTls, kind == "unix" ? "unix:" + PathOf("s") : kind);
        await using var device = await NbdClient.ConnectAsync(nbd.Address.ToUri("disk", tls: true), ClientOptions);
        Assert.True(device.HasExtendedHeaders);
        await Parallel.ForAsync(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, token) =>
        {
            var bytes = Enumerable.Repeat((byte)(i + 1), 150_000).ToArray();
            await device.WriteAsync(i * 150_000, bytes, token);
            var read = new byte[bytes.Length];
            await device.ReadAsync(i * 150_000, read, token);
            Assert.Equal(bytes, read);
        });
        await device.FlushAsync(default);
    }

    [Fact]
    public async Task A_device_that_takes_its_time_answers_over_TLS_too()
    {
        var slow = new FaultyDevice(new MemoryBlockDevice(1 << 20), async (_, _, token) => await Task.Delay(1, token));
        await using var nbd = await NbdServer.StartAsync(NbdAddress.Parse("tcp:127.0.0.1:0"), [new NbdExport("disk", slow)], new NbdServerOptions { Tls = ServerTls });
        await using var device = await NbdClient.ConnectAsync(nbd.Address.ToUri("disk", tls: true), ClientOptions);
        await Parallel.ForAsync(0, 200, async (i, token) => await device.ReadAsync(i * 4096, new byte[4096], token));
    }

    [Fact]
    public async Task A_server_with_TLS_tells_nothing_before_it_runs()
    {
        await using var nbd = await StartAsync(ServerTls, "unix:" + PathOf("s"));
        using var raw = RawClient.Connect(PathOf("s")).Greet();
        foreach (var option in (NbdOption[])[NbdOption.List, NbdOption.StructuredReply, NbdOption.ExtendedHeaders, (NbdOption)77])
            Assert.Equal(NbdOptionReplyType.ErrTlsReqd, raw.Ask(option));
        Assert.Equal(NbdOptionReplyType.ErrTlsReqd, raw.Ask(NbdOption.Go, RawClient.GoData("disk")));
        Assert.Equal(NbdOptionReplyType.ErrTlsReqd, raw.Ask(NbdOption.Info, RawClient.GoData("gone")));
        raw.SendOption(NbdOption.ExportName, "disk"u8.ToArray());
        raw.AssertClosed();
        var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(NbdUri.ForUnix(PathOf("s"), "disk")));
        Assert.Equal((ErrorKind.Refused, $"nbd+unix:///disk?socket={PathOf("s")}: the server only talks over TLS: write nbds instead of nbd."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task Bytes_smuggled_behind_STARTTLS_close_the_connection()
    {
        await using var nbd = await StartAsync(ServerTls, "unix:" + PathOf("s"));
        using var raw = RawClient.Connect(PathOf("s")).Greet();
        byte[] startTls = [.. "IHAVEOPT"u8, .. RawClient.UInt32((uint)NbdOption.StartTls), .. RawClient.UInt32(0)];
        raw.Send([.. startTls, .. "IHAVEOPT"u8, .. RawClient.UInt32((uint)NbdOption.StructuredReply), .. RawClient.UInt32(0)]);
        raw.AssertClosed();
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_not_let_in()
    {
        await using var nbd = await StartAsync(ServerTls, "tcp:127.0.0.1:0");
        await AssertRefusedAsync(nbd, new NbdClientOptions { Tls = NbdClientTls.FromFiles(authorityPath) });
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_let_in()
    {
        await using var nbd = await StartAsync(ServerTls, "tcp:127.0.0.1:0");
        using var other = new TestAuthority();
        var forged = other.Issue(directory.CreateSubdirectory("other").FullName, "backup-1", isServer: false);
        await AssertRefusedAsync(nbd, new NbdClientOptions { Tls = NbdClientTls.FromFiles(authorityPath, forged.Certificate, forged.Key) });
    }

    [Fact]
    public async Task Only_named_clients_are_let_in_where_names_are_given()
    {
        var stranger = authority.Issue(directory.FullName, "stranger", isServer: false);
        await using var nbd = await StartAsync(ServerTls with { ClientNames = ["backup-1", "backup-2"] }, "tcp:127.0.0.1:0");
        await AssertRefusedAsync(nbd, new NbdClientOptions { Tls = NbdClientTls.FromFiles(authorityPath, stranger.Certificate, stranger.Key) });
        await using var device = await NbdClient.ConnectAsync(nbd.Address.ToUri("disk", tls: true), ClientOptions);
    }

    [Fact]
    public async Task A_server_of_another_authority_or_another_name_is_not_trusted()
    {
        await using var nbd = await StartAsync(ServerTls, "tcp:127.0.0.1:0");
        using var other = new TestAuthority();
        var foreign = other.WriteTo(PathOf("foreign.pem"));
        var untrusted = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(
            nbd.Address.ToUri("disk", tls: true), new NbdClientOptions { Tls = NbdClientTls.FromFiles(foreign, client.Certificate, client.Key) }));
        Assert.Equal(ErrorKind.Refused, untrusted.Kind);
        Assert.Contains("the server is not trusted: its certificate 'CN=localhost' is not trusted", untrusted.Message, StringComparison.Ordinal);

        var address = $"nbds://127.0.0.1:{nbd.Address.Port}/disk?tls-hostname=store.example";
        var misnamed = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(NbdUri.Parse(address), ClientOptions));
        Assert.Equal(
            $"{address}: the server is not trusted: its certificate 'CN=localhost' is not for 'store.example'. Give its authority's certificate, or tls-hostname if it has another name.",
            misnamed.Message);
        await using var device = await NbdClient.ConnectAsync(NbdUri.Parse(address.Replace("store.example", "localhost", StringComparison.Ordinal)), ClientOptions);
    }

    [Fact]
    public async Task A_server_without_TLS_is_refused_where_TLS_is_demanded()
    {
        await using var nbd = await StartAsync(null, "tcp:127.0.0.1:0");
        var uri = nbd.Address.ToUri("disk", tls: true);
        var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(uri, ClientOptions));
        Assert.Equal((ErrorKind.Refused, $"{uri}: the server does not offer TLS, which nbds demands (it says: this server has no TLS)."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task nbdinfo_connects_with_its_certificate_and_is_refused_without()
    {
        await using var nbd = await StartAsync(ServerTls, "tcp:127.0.0.1:0");
        var folder = directory.CreateSubdirectory("pki").FullName;
        File.Copy(authorityPath, Path.Combine(folder, "ca-cert.pem"));
        var uri = $"nbds://localhost:{nbd.Address.Port}/disk?tls-certificates={folder}";
        Assert.NotEqual(0, (await Peer.TryAsync("nbdinfo", uri)).Code);
        File.Copy(client.Certificate, Path.Combine(folder, "client-cert.pem"));
        File.Copy(client.Key, Path.Combine(folder, "client-key.pem"));
        Assert.Contains("protocol: newstyle-fixed with TLS", await Peer.RunAsync("nbdinfo", uri), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_cannot_be_read_is_named()
    {
        var error = Assert.Throws<InvalidInputException>(() => NbdServerTls.FromFiles(PathOf("none.pem"), server.Key));
        Assert.StartsWith($"cannot use the certificate '{PathOf("none.pem")}' with the key '{server.Key}': ", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => NbdServerTls.FromFiles(server.Certificate, client.Key));
        File.WriteAllText(PathOf("empty.pem"), "");
        var empty = Assert.Throws<InvalidInputException>(() => NbdClientTls.FromFiles(PathOf("empty.pem")));
        Assert.Equal($"'{PathOf("empty.pem")}' holds no certificate: give a PEM file with the certificate of the authority.", empty.Message);
    }

    public void Dispose()
    {
        authority.Dispose();
        directory.Delete(recursive: true);
    }

    private static async Task<NbdServer> StartAsync(NbdServerTls? tls, string address) => await NbdServer.StartAsync(
        NbdAddress.Parse(address), [new NbdExport("disk", new MemoryBlockDevice(16 << 20))], new NbdServerOptions { Tls = tls });

    private static async Task AssertRefusedAsync(NbdServer nbd, NbdClientOptions options)
    {
        var error = await Assert.ThrowsAsync<AnkoleException>(() => NbdClient.ConnectAsync(nbd.Address.ToUri("disk", tls: true), options));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        await WaitFor.TrueAsync(() => nbd.ConnectionCount == 0);
    }

    private string PathOf(string name) => Path.Combine(directory.FullName, name);
}
