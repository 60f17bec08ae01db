namespace Ankole.Backup.Tests;

/// <summary>NFS, on the server's small file system.</summary>
[Collection(NfsServer.Collection)]
[Trait("Category", "RealServer")]
public sealed class GaneshaOutages(NfsServer server) : OutageTable, IAsyncDisposable
{
    private string path = "";

    /// <summary>The file system is small: every cell leaves it empty. Through the server, which keeps files open that are deleted behind it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (path.Length == 0)
            return;
        await using var store = await ReopenStoreAsync();
        await store.DeleteAsync(await store.ListAsync("", CancellationToken.None).Select(entry => entry.Key).ToListAsync(), CancellationToken.None);
    }

    protected override string? WhyNot(Harm harm)
    {
        server.Require();
        return server.HasSmallFileSystem ? null : "this machine allows no loop mount, so there is no small file system";
    }

    protected override ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options)
    {
        var name = Guid.NewGuid().ToString("N");
        Directory.CreateDirectory(Path.Combine(server.SmallFolder, name));
        path = $"/export-small/{name}";
        var patience = options.RetryBudget < TimeSpan.FromSeconds(10) ? ",timeo=15,retrans=1" : "";
        return ValueTask.FromResult(ObjectStores.Open(server.TargetAt(path, patience), TargetCredentials.None, options));
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(server.TargetAt(path), TargetCredentials.None, new ObjectStoreOptions()));

    protected override async Task DoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await server.KillAsync();
                break;
            case Harm.Restarted:
                await server.KillAsync();
                await server.StartAsync();
                break;
            case Harm.Full:
                await server.Small.FillAsync();
                break;
            case Harm.ReadOnly:
                await server.SetSmallAccessAsync(isWritable: false);
                await WhenRefusedAsync();
                break;
            default:
                await server.PauseAsync();
                break;
        }
    }

    protected override async Task UndoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await server.StartAsync();
                break;
            case Harm.Full:
                server.Small.MakeRoom();
                break;
            case Harm.ReadOnly:
                await server.SetSmallAccessAsync(isWritable: true);
                await WhenAcceptedAsync();
                break;
            case Harm.Frozen or Harm.FrozenAndInterrupted:
                await server.ResumeAsync();
                break;
        }
    }

    protected override string CauseOf(Harm harm) => harm switch
    {
        Harm.Killed => "refuses the connection|was lost|cannot be reached|did not answer",
        Harm.Frozen => "did not answer within",
        Harm.Full => "no space is left on the server's file system",
        _ => "read-only",
    };
}
