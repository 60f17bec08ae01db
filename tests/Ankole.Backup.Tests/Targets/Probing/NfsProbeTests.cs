namespace Ankole.Backup.Tests;

[Collection(NfsServer.Collection)]
[Trait("Category", "RealServer")]
public sealed class NfsProbeTests(NfsServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_target_passes_every_step_and_nothing_is_left()
    {
        var steps = await RunAsync(server.NewTarget(out var folder));
        Assert.Equal(
            ["configuration", "name resolution", "connection", "NFS version", "export path", "space", "list", "write", "read", "create once", "delete", "latency", "write speed",
                "read speed", "clean up", "clock"], steps.Select(step => step.Name));
        // How full this machine's disk is, is not the test's.
        Assert.All(steps.Where(step => step.Name != "space"), step => Assert.True(step.Result == ProbeResult.Passed, step.ToString()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("nfs://nas.invalid:/export", "name resolution", "the name 'nas.invalid' cannot be resolved")]
    [InlineData("nfs://127.0.0.1:/export?nfsOptions=port=9", "connection", "127.0.0.1:9 refuses the connection: nothing listens there; start the NFS server, or give its port")]
    [InlineData("nfs://127.0.0.1:/exports/backups?nfsOptions=PORT", "export path", "has no 'exports' in '/'")]
    [InlineData("nfs://127.0.0.1:/export/typo?nfsOptions=PORT", "export path", "has no 'typo' in '/export'")]
    [InlineData("nfs://127.0.0.1:/export-ro?nfsOptions=PORT", "write", "the export is read-only. Export it read-write for this host")]
    [InlineData("nfs://127.0.0.1:/export-squash?nfsOptions=PORT,uid=0", "write", "permission denied for uid 0")]
    [InlineData("nfs://127.0.0.1:/export-squash?nfsOptions=PORT,uid=0", "write", "root_squash treats uid 0 as nobody")]
    [InlineData("nfs://127.0.0.1:/export?nfsOptions=PORT,hard", "configuration", "'hard' would wait for a dead server for ever")]
    [InlineData("nfs://127.0.0.1:/export?nfsOptions=PORT,vers=3", "configuration", "'vers=3' is not spoken here")]
    [InlineData("nfs://127.0.0.1:/export?nfsOptions=PORT,mount=kernel", "configuration", "use file:///mnt/backups")]
    public async Task A_misconfiguration_is_told_with_its_cause_at_the_step_where_it_shows(string url, string step, string cause)
    {
        server.Require();
        var target = TargetUrl.Parse(url.Replace("PORT", $"port={server.Port}", StringComparison.Ordinal));
        var failed = (await RunAsync(target)).First(s => s.Result == ProbeResult.Failed);
        Assert.Equal(step, failed.Name);
        Assert.Contains(cause, failed.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_without_effect_are_a_warning_that_names_them()
    {
        var step = (await RunAsync(server.NewTarget(out _, ",soft,actimeo=1")))[0];
        Assert.Equal(("configuration", ProbeResult.Warning), (step.Name, step.Result));
        Assert.Contains("'soft', 'actimeo=1' have no effect", step.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_no_NFS_server_is_told()
    {
        await using var web = new FakeS3Server();
        var port = web.Port;
        var failed = (await RunAsync(TargetUrl.Parse($"nfs://127.0.0.1:/export?nfsOptions=timeo=10,retrans=0,port={port}"))).First(s => s.Result == ProbeResult.Failed);
        Assert.Equal("NFS version", failed.Name);
        Assert.Contains("check", failed.Detail, StringComparison.Ordinal);
    }

    private static async Task<List<ProbeStep>> RunAsync(TargetUrl target) =>
        await TargetProbe.RunAsync(target, TargetCredentials.None, new ObjectStoreOptions(), Token).ToListAsync(Token);
}
