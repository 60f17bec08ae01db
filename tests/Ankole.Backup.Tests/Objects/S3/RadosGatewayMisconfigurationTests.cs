using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>The mistakes people make, against a real server: each says what is wrong and how to mend it, and shows no secret.</summary>
[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayMisconfigurationTests(RadosGateway gateway)
{
    private const string WrongSecret = "wrong-secret-that-must-never-show";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_without_rights_is_told_which_permission_is_missing()
    {
        gateway.Require();
        await using var store = ObjectStores.Open(gateway.NewTarget(), gateway.Stranger(), new ObjectStoreOptions());
        await FailsAsync(store.PutAsync("x", new byte[1], Token).AsTask(), "(AccessDenied): the user needs s3:PutObject on the bucket's objects.");
        await FailsAsync(store.GetAsync("x", 1, Token).AsTask(), "(AccessDenied): the user needs s3:GetObject");
        await FailsAsync(store.StatAsync("x", Token).AsTask(), "the user needs s3:GetObject on the bucket's objects and s3:ListBucket");
        await FailsAsync(store.DeleteAsync(["x"], Token).AsTask(), "(AccessDenied): the user needs s3:DeleteObject on the bucket's objects.");
        await FailsAsync(store.DeleteAsync(["x", "y"], Token).AsTask(), "the user needs s3:DeleteObject");
        await FailsAsync(store.ListAsync("", Token).ToListAsync(Token).AsTask(), "(AccessDenied): the user needs s3:ListBucket on the bucket.");
    }

    [Fact]
    public Task A_wrong_secret_key_hints_at_line_breaks() => PutFailsAsync(
        () => gateway.Owner(("AWS_SECRET_ACCESS_KEY", WrongSecret)), "(SignatureDoesNotMatch): check AWS_SECRET_ACCESS_KEY, and that it has no line break");

    [Fact]
    public Task An_unknown_access_key_is_named() => PutFailsAsync(
        () => gateway.Owner(("AWS_ACCESS_KEY_ID", "AKNOBODY")), "the server does not know the access key (InvalidAccessKeyId): check AWS_ACCESS_KEY_ID");

    [Fact]
    public async Task A_missing_bucket_is_named_and_is_never_an_absent_object()
    {
        gateway.Require();
        await using var store = ObjectStores.Open(gateway.TargetAt("x/", "nowhere"), gateway.Owner(), new ObjectStoreOptions());
        foreach (var request in (Task[])
            [
                store.PutAsync("x", new byte[1], Token).AsTask(), store.GetAsync("x", 1, Token).AsTask(), store.StatAsync("x", Token).AsTask(),
                store.PutIfAbsentAsync("x", new byte[1], Token).AsTask(), store.DeleteAsync(["x"], Token).AsTask(), store.DeleteAsync(["x", "y"], Token).AsTask(),
                store.ListAsync("", Token).ToListAsync(Token).AsTask(), store.ListFoldersAsync("", Token).ToListAsync(Token).AsTask(),
            ])
            await FailsAsync(request, $"there is no bucket 'nowhere' at {new Uri(gateway.Endpoint).Authority}: create it, or correct the URL");
    }

    [Fact]
    public Task An_authority_nobody_trusts_asks_for_AWS_CERT() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", gateway.TlsEndpoint)),
        "the server's certificate is signed by no authority this system trusts: give its authority's certificate as PEM; AWS_CERT takes PEM certificates to trust");

    [Fact]
    public Task A_certificate_for_another_name_is_refused_though_its_authority_is_trusted() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", gateway.TlsEndpoint.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal)), ("AWS_CERT", gateway.AuthorityPem)),
        "the server's certificate is for localhost, 127.0.0.1, not for the host of the endpoint", "refuses the connection");

    [Fact]
    public async Task Of_several_certificates_in_AWS_CERT_any_may_be_the_one()
    {
        gateway.Require();
        var pem = SelfSigned.Pem("other one") + "\nsome words between\n" + gateway.AuthorityPem + SelfSigned.Pem("other two");
        await using var store = ObjectStores.Open(gateway.NewTarget(), gateway.Owner(("AWS_ENDPOINTS", gateway.TlsEndpoint), ("AWS_CERT", pem)), new ObjectStoreOptions());
        await store.PutAsync("x", new byte[1], Token);
    }

    [Fact]
    public Task Other_certificates_in_AWS_CERT_do_not_help() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", gateway.TlsEndpoint), ("AWS_CERT", SelfSigned.Pem("other"))),
        "the server's certificate is signed neither by an authority this system trusts nor by one of the given certificates");

    [Fact]
    public Task Plain_HTTP_to_the_TLS_port_is_recognised() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", gateway.TlsEndpoint.Replace("https", "http", StringComparison.Ordinal))), "write https:// in AWS_ENDPOINTS");

    [Fact]
    public Task TLS_to_the_plain_port_is_recognised() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", gateway.Endpoint.Replace("http", "https", StringComparison.Ordinal))), "write http:// in AWS_ENDPOINTS");

    [Fact]
    public Task A_proxy_that_is_not_there_is_an_error_that_names_it() => PutFailsAsync(
        () => gateway.Owner(("AWS_ENDPOINTS", "http://s3.example.test"), ("HTTP_PROXY", "http://127.0.0.1:9")), "the proxy 127.0.0.1:9 (for s3.example.test) refuses the connection");

    private async Task PutFailsAsync(Func<TargetCredentials> credentials, params string[] anyOf)
    {
        gateway.Require();
        await using var store = ObjectStores.Open(gateway.NewTarget(), credentials(), new ObjectStoreOptions());
        await FailsAsync(store.PutAsync("x", new byte[1], Token).AsTask(), anyOf);
    }

    private static async Task FailsAsync(Task request, params string[] anyOf)
    {
        var error = await Assert.ThrowsAsync<ObjectStoreException>(() => request.WaitAsync(TimeSpan.FromSeconds(120), Token));
        Assert.True(anyOf.Any(text => error.Message.Contains(text, StringComparison.Ordinal)), error.Message);
        Assert.NotEqual(ErrorKind.NotFound, error.Kind);
        Assert.DoesNotContain(WrongSecret, error.ToString(), StringComparison.Ordinal);
    }
}
