namespace Ankole.Backup.Tests;

[Collection(Azurite.Collection)]
[Trait("Category", "RealServer")]
public sealed class AzuriteProbeTests(Azurite server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_target_passes_every_step_and_nothing_is_left()
    {
        server.Require();
        var target = (AzureBlobTargetUrl)Azurite.NewTarget();
        var steps = await RunAsync(target, server.Credentials());
        Assert.Equal(
            ["configuration", "name resolution", "connection", "TLS", "clock", "list", "write", "read", "create once", "delete", "latency", "write speed", "read speed",
                "clean up"], steps.Select(step => step.Name));
        // Plain HTTP is worth a warning.
        Assert.All(steps, step => Assert.True(step.Result == (step.Name == "TLS" ? ProbeResult.Warning : ProbeResult.Passed), step.ToString()));
        await using var store = ObjectStores.Open(Azurite.TargetAt(target.KeyPrefix + TargetProbe.ScratchFolder), server.Credentials(), new ObjectStoreOptions());
        Assert.Empty(await store.ListAsync("", Token).ToListAsync(Token));
    }

    [Theory]
    [InlineData("AZBLOB_ACCOUNT_KEY", "d3Jvbmctc2VjcmV0", "list", "check AZBLOB_ACCOUNT_KEY")]
    [InlineData("AZBLOB_ACCOUNT_KEY", "d3Jvbmctc2VjcmV0\n", "configuration", "AZBLOB_ACCOUNT_KEY ends with a line break")]
    [InlineData("AZBLOB_ACCOUNT_KEY", "not base64!", "configuration", "AZBLOB_ACCOUNT_KEY is not Base64, as account keys are")]
    [InlineData("AZBLOB_ACCOUNT_NAME", "https://x", "configuration", "AZBLOB_ACCOUNT_NAME is no account name")]
    [InlineData("AZBLOB_ACCOUNT_NAME", "", "configuration", "azure Blob Storage credential account name not found")]
    [InlineData("AZBLOB_ENDPOINT", "http://127.0.0.1:9", "connection", "127.0.0.1:9 refuses the connection")]
    [InlineData("AZBLOB_ENDPOINT", "http://no-such-host.invalid", "name resolution", "cannot be resolved: check AZBLOB_ENDPOINT")]
    [InlineData("AZBLOB_ENDPOINT", "localhost:10000", "configuration", "AZBLOB_ENDPOINT must begin with http:// or https://")]
    [InlineData("AZBLOB_CERT", "junk", "configuration", "AZBLOB_CERT holds no certificate")]
    public async Task A_misconfiguration_is_told_with_its_cause_at_the_step_where_it_shows(string key, string value, string step, string cause)
    {
        server.Require();
        var failed = (await RunAsync(Azurite.NewTarget(), server.Credentials((key, value)))).First(s => s.Result == ProbeResult.Failed);
        Assert.Equal(step, failed.Name);
        Assert.Contains(cause, failed.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("d3Jvbmctc2VjcmV0", failed.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<ProbeStep>> RunAsync(TargetUrl target, TargetCredentials credentials) =>
        await TargetProbe.RunAsync(target, credentials, new ObjectStoreOptions(), Token).ToListAsync(Token);
}
