using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>What a person reads, and that "could not ask" is never answered as "absent".</summary>
public sealed class S3FailureTextTests : IAsyncDisposable
{
    private static readonly ObjectStoreOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(2), MaxAttempts = 2 };

    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    public static TheoryData<int, string, string, string> Answers => new()
    {
        { 403, "AccessDenied", "x", "the server refused it (AccessDenied): the user needs s3:PutObject on the bucket's objects." },
        { 403, "InvalidAccessKeyId", "x", "the server does not know the access key (InvalidAccessKeyId): check AWS_ACCESS_KEY_ID, and that it belongs to HOST." },
        {
            403, "SignatureDoesNotMatch", "x", "the server finds the signature wrong (SignatureDoesNotMatch): check AWS_SECRET_ACCESS_KEY, and that it has no line break " +
            "or blank at its end ('echo -n' adds none); a proxy that changes headers does this too."
        },
        {
            403, "RequestTimeTooSkewed", "x", "the clocks of this machine and of the server differ too much (RequestTimeTooSkewed): set this machine's clock right, " +
            "for instance by NTP."
        },
        { 404, "NoSuchBucket", "x", "there is no bucket 'bucket' at HOST: create it, or correct the URL." },
        {
            400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            "the bucket is in region eu-west-1, not us-east-1: write s3://bucket@eu-west-1/path/."
        },
        {
            301, "PermanentRedirect", "x", "HOST sends this request elsewhere (HTTP 301): check the region in the URL, and that AWS_ENDPOINTS is the S3 interface itself."
        },
        { 507, "InsufficientStorage", "x", "the store is full or its quota is used up (InsufficientStorage): free space, or raise the quota, and run it again." },
        { 403, "QuotaExceeded", "x", "the store is full or its quota is used up (QuotaExceeded): free space, or raise the quota, and run it again." },
        { 405, "MethodNotAllowed", "x", "the server does not let anybody write here (MethodNotAllowed): the bucket or the server is read-only, or the endpoint is no S3 interface." },
        { 403, "ExpiredToken", "x", "the temporary credentials have expired (ExpiredToken): get new ones." },
        { 418, "Teapot", "short and\nstout.", "the server answers Teapot: short and stout." },
        { 503, "SlowDown", "x", "the server asks for fewer requests (SlowDown) (tried 2 times)." },
        { 500, "InternalError", "x", "the server failed (InternalError) (tried 2 times)." },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_says_what_to_do(int status, string code, string message, string expected)
    {
        server.Script = (_, _) => FakeReply.Error(status, code, message);
        await using var store = server.Open(Quick);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.Equal($"cannot write 'x' in s3://bucket@us-east-1/path/: {expected.Replace("HOST", $"127.0.0.1:{server.Port}", StringComparison.Ordinal)}", error.Message);
        Assert.DoesNotContain("secret-that-must-never-show", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "NoSuchBucket")]
    [InlineData(403, "AccessDenied")]
    [InlineData(404, "")]
    [InlineData(301, "PermanentRedirect")]
    [InlineData(503, "SlowDown")]
    public async Task Nothing_but_the_servers_own_word_means_absent(int status, string code)
    {
        server.Script = (_, _) => code.Length == 0 ? new FakeReply(status, "<html>not found</html>"u8.ToArray()) : FakeReply.Error(status, code);
        await using var store = server.Open(Quick);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("x", 10, Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.StatAsync("x", Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutIfAbsentAsync("x", new byte[1], Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListAsync("", Token).ToListAsync(Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.ListFoldersAsync("", Token).ToListAsync(Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["x"], Token));
    }

    [Fact]
    public async Task Missing_credentials_are_told_by_their_keys()
    {
        // What the default chain would look at on this machine; no other test uses the chain.
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"), ("AWS_CONFIG_FILE", "/dev/null")])
            Environment.SetEnvironmentVariable(name, value);
        await using var store = server.Open(Quick, ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.Equal(
            "cannot write 'x' in s3://bucket@us-east-1/path/: there are no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, " +
            "and neither a profile, nor a container's nor an instance's role gives any.", error.Message);
        Assert.Equal(ErrorKind.InvalidInput, error.Kind);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_web_page_instead_of_an_S3_interface_is_recognised()
    {
        server.Script = (_, _) => new FakeReply(404, "<html>not found</html>"u8.ToArray()) { Headers = [("Content-Type", "text/html")] };
        await using var store = server.Open(Quick);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.GetAsync("x", 10, Token));
        Assert.Contains("answers 404 but not in S3's words", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_named()
    {
        await using var store = server.Open(Quick, ("AWS_ENDPOINTS", "http://no-such-host.invalid:9000"));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.Contains("no-such-host.invalid", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be resolved", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_in_the_host_name_that_does_not_resolve_leads_to_path_style()
    {
        await using var store = server.Open(Quick, ("AWS_ENDPOINTS", "http://no-such-host.invalid:9000"), ("VIRTUAL_HOSTED_STYLE", "true"));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token));
        Assert.Contains("bucket.no-such-host.invalid", error.Message, StringComparison.Ordinal);
        Assert.Contains("set VIRTUAL_HOSTED_STYLE to false for path style", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_to_a_port_that_speaks_plain_HTTP_is_recognised()
    {
        server.Script = (_, _) => FakeReply.Error(400, "BadRequest");
        await using var store = server.Open(Quick, ("AWS_ENDPOINTS", $"https://127.0.0.1:{server.Port}"));
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.PutAsync("x", new byte[1], Token).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.Contains("does not speak TLS there: write http:// in AWS_ENDPOINTS", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_condition_is_ignored_a_question_comes_first_and_nothing_is_promised()
    {
        server.HonoursConditions = false;
        await using var store = server.Open(Quick);
        Assert.True(await store.PutIfAbsentAsync("x", "first"u8.ToArray(), Token));
        Assert.False(await store.PutIfAbsentAsync("x", "second"u8.ToArray(), Token));
        Assert.False(store.HasAtomicPutIfAbsent);
        Assert.Equal("first"u8.ToArray(), server.Objects["/bucket/path/x"]);
        Assert.Equal("/bucket/path/x", Assert.Single(server.Objects).Key);
    }

    [Fact]
    public async Task A_server_that_refuses_the_condition_itself_is_one_that_ignores_it()
    {
        server.Script = (request, _) => request.Headers.ContainsKey("If-None-Match") ? FakeReply.Error(501, "NotImplemented", "A header you provided implies functionality") : null;
        await using var store = server.Open(Quick);
        Assert.True(await store.PutIfAbsentAsync("x", "first"u8.ToArray(), Token));
        Assert.False(store.HasAtomicPutIfAbsent);
    }

    [Fact]
    public async Task Where_the_condition_is_honoured_the_server_is_asked_once_and_its_scratch_object_is_gone()
    {
        await using var store = server.Open(Quick);
        Assert.True(await store.PutIfAbsentAsync("x", "first"u8.ToArray(), Token));
        Assert.True(store.HasAtomicPutIfAbsent);
        Assert.Equal(4, server.Requests.Count);
        Assert.False(await store.PutIfAbsentAsync("x", "second"u8.ToArray(), Token));
        Assert.Equal(["PUT", "HEAD"], server.Requests.Skip(4).Select(request => request.Method));
        Assert.Equal("/bucket/path/x", Assert.Single(server.Objects).Key);
    }
}
