using Ankole.Core;

namespace Ankole.Nfs.Tests.Real;

/// <summary>What a real server refuses arrives as a sentence that says why and what to do.</summary>
[Collection(GaneshaCollection.Name)]
[Trait("Category", "RealServer")]
public sealed class RefusalTests(Ganesha server)
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_export_path_is_answered_with_what_there_is()
    {
        server.Require();
        var error = await Assert.ThrowsAsync<NfsException>(() => server.ConnectAsync("/exports/backups"));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains($"NFS server 127.0.0.1:{server.Port} has no 'exports' in '/', so export path '/exports/backups' does not exist.", error.Message);
        Assert.Contains("There is: ", error.Message);
        Assert.Contains("export-ro", error.Message);
    }

    [Fact]
    public async Task A_missing_folder_below_the_export_is_named_with_what_was_walked()
    {
        server.Require();
        var error = await Assert.ThrowsAsync<NfsException>(() => server.ConnectAsync("/export/no/such/folder"));
        Assert.Contains("has no 'no' in '/export'", error.Message);
    }

    [Fact]
    public async Task A_read_only_export_is_called_one()
    {
        server.Require();
        await using var client = await server.ConnectAsync("/export-ro");
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("f", new byte[1], None));
        Assert.Equal(NfsStatus.RoFs, error.Status);
        Assert.Contains("cannot write '/export-ro/f': the export is read-only.", error.Message);
        error = await Assert.ThrowsAsync<NfsException>(async () => await client.MakeDirectoriesAsync("d", None));
        Assert.Equal(NfsStatus.RoFs, error.Status);
    }

    [Fact]
    public async Task Root_squash_is_recognised_by_its_denial()
    {
        server.Require();
        await using var client = await server.ConnectAsync("/export-squash");
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("f", new byte[1], None));
        Assert.Equal(NfsStatus.Access, error.Status);
        Assert.Contains("permission denied for uid 0 gid 0 (NFS4ERR_ACCESS)", error.Message);
        Assert.Contains("root_squash treats uid 0 as nobody", error.Message);
        Assert.Equal(NfsAccess.Read | NfsAccess.Lookup, await client.GetAccessAsync("", None) & (NfsAccess.Read | NfsAccess.Lookup | NfsAccess.Modify));
    }

    [Fact]
    public async Task Another_users_directory_is_denied_to_this_one()
    {
        server.Require();
        await using var client = await server.ConnectToNewFolderAsync(options => options with { Credential = new AuthSys(1234, 1234, [], "tests") });
        var error = await Assert.ThrowsAsync<NfsException>(async () => await client.MakeDirectoriesAsync("d", None));
        Assert.Contains("permission denied for uid 1234 gid 1234", error.Message);
    }

    [Fact]
    public async Task A_full_file_system_says_so_and_leaves_nothing_behind()
    {
        server.Require();
        if (!server.HasSmallFileSystem)
            Assert.Skip("this machine allows no loop mount, so there is no small file system to fill");
        NfsException error;
        await using (var client = await server.ConnectAsync("/export-small"))
        {
            await client.WriteFileAsync("fits", new byte[1 << 20], None);
            error = await Assert.ThrowsAsync<NfsException>(async () => await client.WriteFileAsync("d/too-large", new byte[32 << 20], None));
            await FileTests.UntilNamesAreAsync(client, "d");
        }
        Assert.Equal(NfsStatus.NoSpc, error.Status);
        Assert.Contains("no space is left", error.Message);
        await using var again = await server.ConnectAsync("/export-small");
        Assert.Empty(await FileTests.NamesAsync(again, "d"));
        using var read = await again.ReadFileAsync("fits", 1 << 20, None);
        Assert.Equal(1 << 20, read!.Length);
        await again.WriteFileAsync("d/fits-too", new byte[4 << 20], None);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_named()
    {
        var error = await Assert.ThrowsAsync<NfsException>(() => NfsClient.ConnectAsync(
            new NfsClientOptions { Server = "127.0.0.1", Port = 1, ExportPath = "/export" }, logger: null, None));
        Assert.Equal(
            "NFS server 127.0.0.1:1 refuses the connection: nothing listens on that port. Start the NFS server, or give its port with nfsOptions=port=N.",
            error.Message);
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_named()
    {
        var error = await Assert.ThrowsAsync<NfsException>(() => NfsClient.ConnectAsync(
            new NfsClientOptions { Server = "nas.invalid", ExportPath = "/export" }, logger: null, None));
        Assert.Contains("'nas.invalid' is not known", error.Message);
    }
}
