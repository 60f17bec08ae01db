using Ankole.Testing;

namespace Ankole.Nfs.Tests;

/// <summary>A real server for the tests of this client.</summary>
public class Ganesha : IAsyncLifetime
{
    private readonly GaneshaServer server;
    private string? whyMissing;

    public Ganesha() => server = new GaneshaServer(LeaseSeconds, GraceSeconds);

    protected virtual int GraceSeconds => 0;

    protected virtual int LeaseSeconds => 20;

    public int Port => server.Port;

    /// <summary>The folder behind <c>/export</c>, to look behind the server.</summary>
    public string ExportedFolder => server.ExportedFolder;

    public string SquashedFolder => server.SquashedFolder;

    public bool HasSmallFileSystem => server.HasSmallFileSystem;

    public async ValueTask InitializeAsync()
    {
        whyMissing = GaneshaServer.WhyMissing();
        if (whyMissing is null)
            await StartAsync();
    }

    /// <summary>First line of every test here: skips where the server is not installed, fails where it has to be.</summary>
    public void Require()
    {
        if (whyMissing is null)
            return;
        Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", whyMissing);
        Assert.Skip(whyMissing);
    }

    public Task StartAsync() => server.StartAsync();

    public Task KillAsync() => server.KillAsync();

    public Task PauseAsync() => server.PauseAsync();

    public Task ResumeAsync() => server.ResumeAsync();

    public NfsClientOptions Options(string export = "/export", uint user = 0) => new()
    {
        Server = "127.0.0.1",
        Port = Port,
        ExportPath = export,
        Credential = new AuthSys(user, user, [], "tests"),
    };

    public Task<NfsClient> ConnectAsync(string export = "/export", uint user = 0) =>
        NfsClient.ConnectAsync(Options(export, user), logger: null, TestContext.Current.CancellationToken);

    /// <summary>A client whose paths are below a new empty directory.</summary>
    public async Task<NfsClient> ConnectToNewFolderAsync(Func<NfsClientOptions, NfsClientOptions>? change = null)
    {
        var name = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(Path.Combine(ExportedFolder, name));
        var options = Options($"/export/{name}");
        return await NfsClient.ConnectAsync(change?.Invoke(options) ?? options, logger: null, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (whyMissing is null)
            await server.WipeAsync();
        GC.SuppressFinalize(this);
    }
}
