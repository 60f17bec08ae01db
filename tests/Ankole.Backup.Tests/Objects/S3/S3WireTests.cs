using System.Security.Cryptography;

namespace Ankole.Backup.Tests;

/// <summary>What goes over the wire, header by header.</summary>
public sealed class S3WireTests : IAsyncDisposable
{
    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_put_is_one_plain_request_whose_body_is_signed()
    {
        await using var store = server.Open(new ObjectStoreOptions());
        var content = RandomNumberGenerator.GetBytes(3 << 20);
        await store.PutAsync("backupstore/x", content, Token);

        var request = Assert.Single(server.Requests);
        Assert.Equal(("PUT", "/bucket/path/backupstore/x"), (request.Method, request.Path));
        Assert.Equal(content, request.Body);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), request.Headers["x-amz-content-sha256"]);
        Assert.Empty(request.Headers.Keys.Intersect(
            ["Expect", "Transfer-Encoding", "x-amz-sdk-checksum-algorithm", "x-amz-checksum-crc32", "x-amz-trailer", "x-amz-acl", "x-amz-storage-class", "Accept-Encoding"],
            StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_batch_delete_carries_an_MD5_and_no_newer_checksum()
    {
        await using var store = server.Open(new ObjectStoreOptions());
        await store.DeleteAsync(["a", "b"], Token);

        var request = Assert.Single(server.Requests);
        Assert.True(request.IsBatchDelete);
#pragma warning disable CA5351 // What the protocol prescribes.
        Assert.Equal(Convert.ToBase64String(MD5.HashData(request.Body)), request.Headers["Content-MD5"]);
#pragma warning restore CA5351
        Assert.DoesNotContain(request.Headers.Keys, name => name.StartsWith("x-amz-checksum", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("x-amz-sdk-checksum-algorithm", request.Headers.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("true")]
    [InlineData("false")]
    public async Task No_Accept_Encoding_is_ever_signed_so_no_proxy_can_break_the_signature(string setting)
    {
        await using var store = server.Open(new ObjectStoreOptions(), ("AWS_SIGN_ACCEPT_ENCODING", setting));
        Assert.Null(await store.GetAsync("nothing", 10, Token));
        Assert.DoesNotContain("accept-encoding", Assert.Single(server.Requests).Headers["Authorization"], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Requests_dont_use_an_environment_the_credentials_know_nothing_of()
    {
        await using var store = server.Open(new ObjectStoreOptions());
        await store.PutAsync("x", new byte[1], Token);
        Assert.Contains("Credential=AKIDEXAMPLE/", Assert.Single(server.Requests).Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("/us-east-1/s3/aws4_request", Assert.Single(server.Requests).Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Virtual_hosted_style_puts_the_bucket_into_the_host()
    {
        await using var store = server.Open(
            new ObjectStoreOptions(), ("VIRTUAL_HOSTED_STYLE", "true"), ("AWS_ENDPOINTS", "http://s3.example.test:81"), ("HTTP_PROXY", $"http://127.0.0.1:{server.Port}"));
        await store.PutAsync("x", new byte[1], Token);
        Assert.Equal("http://bucket.s3.example.test:81/path/x", Assert.Single(server.Requests).Target);
    }

    [Fact]
    public async Task An_endpoint_of_ones_own_means_path_style_through_the_proxy_with_its_password()
    {
        server.Script = (request, _) => request.Headers.ContainsKey("Proxy-Authorization")
            ? null
            : new FakeReply(407, []) { Headers = [("Proxy-Authenticate", "Basic realm=\"x\"")] };
        await using var store = server.Open(
            new ObjectStoreOptions(), ("AWS_ENDPOINTS", "http://s3.example.test:81"), ("HTTP_PROXY", $"http://user:pa%20ss@127.0.0.1:{server.Port}"));
        await store.PutAsync("x", new byte[1], Token);
        Assert.Equal("http://s3.example.test:81/bucket/path/x", server.Requests.Last().Target);
        Assert.Equal("Basic dXNlcjpwYSBzcw==", server.Requests.Last().Headers["Proxy-Authorization"]);
    }

    [Theory]
    [InlineData(407, "wants a user and a password that it knows (407): write http://USER:PASSWORD@127.0.0.1:")]
    [InlineData(403, "lets no connection through to s3.example.test: The proxy tunnel request to proxy 'http://127.0.0.1:")]
    public async Task A_proxy_that_refuses_is_named_without_its_password(int status, string words)
    {
        server.Script = (_, _) => new FakeReply(status, []) { Headers = [("Proxy-Authenticate", "Basic realm=\"x\"")] };
        await using var store = server.Open(
            new ObjectStoreOptions(), ("AWS_ENDPOINTS", "https://s3.example.test"), ("HTTPS_PROXY", $"http://user:SecretWord@127.0.0.1:{server.Port}"));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SecretWord", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_ETag_that_is_no_MD5_does_not_matter()
    {
        await using var store = server.Open(new ObjectStoreOptions());
        await store.PutAsync("x", "content"u8.ToArray(), Token);
        server.Script = (request, _) => server.Answer(request) with { Headers = [("ETag", "\"00000000000000000000000000000000\"")] };
        using var read = await store.GetAsync("x", 100, Token);
        Assert.Equal("content"u8.ToArray(), read!.Span.ToArray());
    }

    [Fact]
    public async Task What_is_counted_is_what_was_sent()
    {
        await using var store = server.Open(new ObjectStoreOptions { FirstPause = TimeSpan.FromMilliseconds(1) });
        server.Script = (_, number) => number % 2 == 1 ? FakeReply.Error(500, "InternalError") : null;
        await store.PutAsync("x", new byte[100], Token);
        (await store.GetAsync("x", 100, Token))!.Dispose();
        await store.StatAsync("x", Token);
        await store.ListAsync("", Token).ToListAsync(Token);
        await store.DeleteAsync(["x"], Token);
        var counts = store.Requests.Snapshot();
        Assert.Equal(server.Requests.Count, counts.Total);
        Assert.Equal((2L, 2L, 2L, 2L, 2L, 5L), (counts.Put, counts.Get, counts.Stat, counts.List, counts.Delete, counts.Retries));
        Assert.Equal((200, 100), (counts.BytesWritten, counts.BytesRead));
    }
}
