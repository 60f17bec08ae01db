namespace Ankole.Backup.Tests;

/// <summary>Azure Blob, on an emulator whose disk can be filled.</summary>
[Collection(Azurite.Collection)]
[Trait("Category", "RealServer")]
public sealed class AzuriteOutages(Azurite server) : OutageTable
{
    private TargetUrl? target;

    protected override string? WhyNot(Harm harm)
    {
        server.Require();
        if (harm == Harm.ReadOnly)
            return "an account's key may do everything, and the emulator knows no immutability";
        return harm == Harm.Full && server.Disk is null ? "this machine allows no loop mount, so the server has no disk of its own" : null;
    }

    protected override ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options)
    {
        target = Azurite.NewTarget();
        return ValueTask.FromResult(ObjectStores.Open(target, server.Credentials(), options));
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(target!, server.Credentials(), new ObjectStoreOptions()));

    protected override async Task DoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await SaveAsync();
                await server.KillAsync();
                break;
            case Harm.Restarted:
                await SaveAsync();
                await server.KillAsync();
                await server.StartAsync();
                break;
            case Harm.Full:
                await server.Disk!.FillAsync();
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
                server.Disk!.MakeRoom();
                break;
            case Harm.Frozen or Harm.FrozenAndInterrupted:
                await server.ResumeAsync();
                break;
        }
    }

    /// <summary>Unlike the service the emulator would forget finished backups.</summary>
    private async Task SaveAsync()
    {
        await IdleAsync();
        await using var other = await ReopenStoreAsync();
        await server.SaveAsync(other);
    }

    protected override string CauseOf(Harm harm) => harm switch
    {
        Harm.Killed => "refuses the connection|was lost",
        Harm.Frozen => "the server or the way to it hangs",
        _ => "the server failed|the connection to .* was lost|No space left|no complete answer|refuses the connection",
    };
}
