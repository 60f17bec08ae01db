namespace Ankole.Backup.Tests;

public sealed class TargetProbeTests : IAsyncDisposable
{
    private static readonly ObjectStoreOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(2), MaxAttempts = 2 };

    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_directory_is_tested_too()
    {
        using var directory = new TemporaryDirectory();
        var steps = await TargetProbe.RunAsync(TargetUrl.Parse($"file://{directory.Path}"), TargetCredentials.None, Quick, Token).ToListAsync(Token);
        Assert.Equal(
            ["configuration", "directory", "space", "list", "write", "read", "create once", "delete", "latency", "write speed", "read speed", "clean up"],
            steps.Select(step => step.Name));
        // How full this machine's disk is, is not the test's.
        Assert.All(steps.Where(step => step.Name != "space"), step => Assert.True(step.Result == ProbeResult.Passed, step.ToString()));
        Assert.Empty(Directory.EnumerateFiles(directory.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_directory_whose_parent_is_missing_asks_about_the_mount()
    {
        var steps = await TargetProbe.RunAsync(TargetUrl.Parse("file:///no/such/place"), TargetCredentials.None, Quick, Token).ToListAsync(Token);
        Assert.Contains(steps, step => step is { Name: "directory", Result: ProbeResult.Failed } && step.Detail.Contains("Is it mounted?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_driver_that_is_not_built_in_is_told_at_the_first_step()
    {
        var step = Assert.Single(await TargetProbe.RunAsync(TargetUrl.Parse("cifs://nas/e"), TargetCredentials.None, Quick, Token).ToListAsync(Token));
        Assert.Equal(("configuration", ProbeResult.Failed), (step.Name, step.Result));
        Assert.Contains("use file:///mnt/backups", step.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, ProbeResult.Passed, "s between this machine and the server")]
    [InlineData(120, ProbeResult.Warning, "locks of programs that compare clocks become unsafe")]
    [InlineData(3600, ProbeResult.Failed, "signatures will be refused; set this machine's clock right")]
    public async Task Clocks_that_differ_are_told(int seconds, ProbeResult result, string detail)
    {
        server.Script = (request, _) => request is { Method: "HEAD", Path: "/" }
            ? new FakeReply(200, []) { Headers = [("Date", DateTime.UtcNow.AddSeconds(-seconds).ToString("R"))] }
            : null;
        var step = (await RunAsync()).Single(step => step.Name == "clock");
        Assert.Equal(result, step.Result);
        Assert.Contains(detail, step.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_ignores_conditions_is_a_warning()
    {
        server.HonoursConditions = false;
        var step = (await RunAsync()).Single(step => step.Name == "create once");
        Assert.Equal(ProbeResult.Warning, step.Result);
    }

    [Fact]
    public async Task A_server_that_loses_what_was_written_fails()
    {
        server.Script = (request, _) => request.Method == "PUT" ? FakeReply.Ok : null;
        var step = (await RunAsync()).First(step => step.Result == ProbeResult.Failed);
        Assert.Equal("read", step.Name);
        Assert.Contains("this store loses data, or a cache stands before it", step.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_that_does_nothing_fails()
    {
        server.Script = (request, _) => !request.IsBatchDelete
            ? null
            : FakeReply.Xml(200, $"<DeleteResult>{string.Concat(KeysOf(request).Select(key => $"<Deleted><Key>{key}</Key></Deleted>"))}</DeleteResult>");
        var step = (await RunAsync()).First(step => step.Result == ProbeResult.Failed);
        Assert.Equal("delete", step.Name);
        Assert.Contains("is still there: does an object lock hold it?", step.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_hold_or_destroy_backups_are_warnings()
    {
        server.Script = (request, _) => request.Method != "GET" ? null
            : request.Query.ContainsKey("versioning") ? FakeReply.Xml(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            : request.Query.ContainsKey("object-lock") ? FakeReply.Xml(200,
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule>" +
                "</ObjectLockConfiguration>")
            : request.Query.ContainsKey("lifecycle") ? FakeReply.Xml(200,
                "<LifecycleConfiguration><Rule><ID>old</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>")
            : null;
        var steps = await RunAsync();
        Assert.Equal(
            ["TLS", "versioning", "object lock", "lifecycle"], steps.Where(step => step.Result == ProbeResult.Warning).Select(step => step.Name));
        Assert.Contains("objects cannot be deleted for 30 days", steps.Single(step => step.Name == "object lock").Detail, StringComparison.Ordinal);
        Assert.StartsWith("'old' expires or archives objects", steps.Single(step => step.Name == "lifecycle").Detail, StringComparison.Ordinal);
    }

    private static List<string> KeysOf(FakeRequest request) => System.Xml.Linq.XDocument.Parse(System.Text.Encoding.UTF8.GetString(request.Body))
        .Descendants().Where(e => e.Name.LocalName == "Key").Select(e => e.Value).ToList();

    private async Task<List<ProbeStep>> RunAsync() => await TargetProbe.RunAsync(
        TargetUrl.Parse("s3://bucket@us-east-1/path/"), server.Credentials(), Quick, Token).ToListAsync(Token);
}
