using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>One NFS-Ganesha for the whole run. Its tests share it one after the other; each works below a directory of its own.</summary>
public sealed class NfsServer : IAsyncLifetime
{
    public const string Collection = "NFS-Ganesha";

    private readonly GaneshaServer server = new();
    private string? whyMissing;

    public int Port => server.Port;

    public bool HasSmallFileSystem => server.HasSmallFileSystem;

    public string SmallFolder => server.SmallFolder;

    public Task SetSmallAccessAsync(bool isWritable) => server.SetSmallAccessAsync(isWritable);

    public SmallFileSystem Small => server.Small;

    public async ValueTask InitializeAsync()
    {
        whyMissing = GaneshaServer.WhyMissing();
        if (whyMissing is null)
            await server.StartAsync();
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

    /// <summary>A new empty directory of the export.</summary>
    /// <param name="folder">It, as this machine sees it.</param>
    public TargetUrl NewTarget(out string folder, string options = "")
    {
        Require();
        var name = Guid.NewGuid().ToString("N");
        folder = Path.Combine(server.ExportedFolder, name, "store");
        Directory.CreateDirectory(folder);
        return TargetAt($"/export/{name}/store", options);
    }

    /// <param name="options">More of <c>nfsOptions</c>, each with a comma in front.</param>
    public TargetUrl TargetAt(string path, string options = "") => TargetUrl.Parse($"nfs://127.0.0.1:{path}?nfsOptions=port={Port}{options}");

    public IObjectStore Open(out string folder, string options = "", ObjectStoreOptions? storeOptions = null) =>
        ObjectStores.Open(NewTarget(out folder, options), TargetCredentials.None, storeOptions ?? new ObjectStoreOptions());

    public async ValueTask DisposeAsync()
    {
        if (whyMissing is null)
            await server.WipeAsync();
    }
}

[CollectionDefinition(NfsServer.Collection)]
public sealed class NfsServerDefinition : ICollectionFixture<NfsServer>;
