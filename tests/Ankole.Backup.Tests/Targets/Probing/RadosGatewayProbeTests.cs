namespace Ankole.Backup.Tests;

[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayProbeTests(RadosGateway gateway) : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await gateway.ForbidStrangerAsync();

    [Fact]
    public async Task A_good_target_passes_every_step_and_nothing_is_left()
    {
        gateway.Require();
        var target = gateway.NewTarget();
        var steps = await RunAsync(target, gateway.OwnerOverTls());
        Assert.Equal(
            ["configuration", "name resolution", "connection", "TLS", "clock", "list", "write", "read", "create once", "delete", "latency", "write speed", "read speed",
                "clean up", "versioning", "object lock", "lifecycle"], steps.Select(step => step.Name));
        Assert.All(steps, step => Assert.True(step.Result == ProbeResult.Passed, step.ToString()));
        await using var store = ObjectStores.Open(gateway.TargetAt(target.KeyPrefix + TargetProbe.ScratchFolder), gateway.Owner(), new ObjectStoreOptions());
        Assert.Empty(await store.ListAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_user_with_exactly_the_four_actions_passes()
    {
        await gateway.AllowStrangerAsync(RadosGateway.FourActions);
        var steps = await RunAsync(gateway.NewTarget(), gateway.Stranger());
        Assert.DoesNotContain(steps, step => step.Result == ProbeResult.Failed);
        Assert.Equal(ProbeResult.Warning, steps.Single(step => step.Name == "TLS").Result);
        Assert.Equal(ProbeResult.Unknown, steps.Single(step => step.Name == "versioning").Result);
        Assert.Contains("s3:GetBucketVersioning, which backups do not need", steps.Single(step => step.Name == "versioning").Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3:PutObject", "write")]
    [InlineData("s3:GetObject", "read")]
    [InlineData("s3:ListBucket", "list")]
    [InlineData("s3:DeleteObject", "delete")]
    public async Task A_missing_action_is_named(string missing, string step)
    {
        await gateway.AllowStrangerAsync(RadosGateway.FourActions.Except([missing]), denied: missing);
        var failed = (await RunAsync(gateway.NewTarget(), gateway.Stranger())).Where(s => s.Result == ProbeResult.Failed).ToList();
        Assert.Contains(failed, s => s.Name == step && s.Detail.Contains($"(AccessDenied): the user needs {missing}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "wrong-secret", "list", "finds the signature wrong (SignatureDoesNotMatch)")]
    [InlineData("AWS_SECRET_ACCESS_KEY", "wrong\n", "configuration", "AWS_SECRET_ACCESS_KEY ends with a line break (make it with 'echo -n', which adds none)")]
    [InlineData("AWS_ACCESS_KEY_ID", "nobody", "list", "does not know the access key (InvalidAccessKeyId)")]
    [InlineData("AWS_ENDPOINTS", "http://127.0.0.1:9", "connection", "127.0.0.1:9 refuses the connection: nothing listens there")]
    [InlineData("AWS_ENDPOINTS", "http://no-such-host.invalid", "name resolution", "cannot be resolved: check AWS_ENDPOINTS")]
    [InlineData("AWS_ENDPOINTS", "127.0.0.1:9000", "configuration", "AWS_ENDPOINTS must begin with http:// or https://")]
    [InlineData("AWS_ENDPOINTS", "TLS", "TLS", "signed by no authority this system trusts")]
    [InlineData("AWS_ENDPOINTS", "TLS on the plain port", "TLS", "does not speak TLS there: write http:// in AWS_ENDPOINTS")]
    [InlineData("AWS_ENDPOINTS", "plain on the TLS port", "clock", "write https:// in AWS_ENDPOINTS")]
    [InlineData("AWS_CERT", "junk", "configuration", "AWS_CERT holds no certificate")]
    [InlineData("VIRTUAL_HOSTED_STYLE", "yes", "configuration", "VIRTUAL_HOSTED_STYLE must be exactly true or false")]
    [InlineData("HTTP_PROXY", "http://127.0.0.1:9", "clock", "the proxy 127.0.0.1:9")]
    public async Task A_misconfiguration_is_told_with_its_cause_at_the_step_where_it_shows(string key, string value, string step, string cause)
    {
        gateway.Require();
        var endpoint = value switch
        {
            "TLS" => gateway.TlsEndpoint,
            "TLS on the plain port" => gateway.Endpoint.Replace("http", "https", StringComparison.Ordinal),
            "plain on the TLS port" => gateway.TlsEndpoint.Replace("https", "http", StringComparison.Ordinal),
            _ => value,
        };
        var credentials = key == "HTTP_PROXY"
            ? gateway.Owner((key, value), ("AWS_ENDPOINTS", "http://s3.example.test"))
            : gateway.Owner((key, endpoint));
        var failed = (await RunAsync(gateway.NewTarget(), credentials)).First(s => s.Result == ProbeResult.Failed);
        Assert.Equal(step, failed.Name);
        Assert.Contains(cause, failed.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_bucket_is_told()
    {
        gateway.Require();
        var failed = (await RunAsync(gateway.TargetAt("x/", "nowhere"), gateway.Owner())).First(step => step.Result == ProbeResult.Failed);
        Assert.Equal("list", failed.Name);
        Assert.Contains("there is no bucket 'nowhere'", failed.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<ProbeStep>> RunAsync(TargetUrl target, TargetCredentials credentials) =>
        await TargetProbe.RunAsync(target, credentials, new ObjectStoreOptions(), Token).ToListAsync(Token);
}
