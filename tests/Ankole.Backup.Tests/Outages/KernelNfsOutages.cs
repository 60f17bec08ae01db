using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>
/// NFS, on the server of Linux, in a machine of its own that loses its power: with it goes everything that the server had not been asked to have on its disk.
/// </summary>
[Trait("Category", "RealServer")]
public sealed class KernelNfsOutages(KernelNfsOutages.Machine machine) : OutageTable, IClassFixture<KernelNfsOutages.Machine>, IAsyncDisposable
{
    private string path = "";

    /// <summary>The file system is small: every cell leaves it empty.</summary>
    public async ValueTask DisposeAsync()
    {
        if (path.Length > 0)
            await machine.Server.EmptySmallAsync();
    }

    protected override string? WhyNot(Harm harm)
    {
        machine.Require();
        return null;
    }

    /// <summary>The machine starts in four seconds on two cores of its own, in a minute where many share them; then comes its grace.</summary>
    protected override TimeSpan ReturnTime => TimeSpan.FromMinutes(4);

    protected override async ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options)
    {
        var name = $"{Guid.NewGuid():N}";
        await machine.Server.MakeSmallDirectoryAsync(name);
        path = $"/small/{name}";
        // The port is open long before the machine is up: what is sent then gets no answer.
        var patience = options.RetryBudget < TimeSpan.FromSeconds(10) ? ",timeo=15,retrans=1" : ",timeo=100,retrans=20";
        return Open(patience, options);
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() => ValueTask.FromResult(Open("", new ObjectStoreOptions()));

    protected override async Task DoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await machine.Server.KillAsync();
                break;
            case Harm.Restarted:
                await machine.Server.KillAsync();
                await machine.Server.BootAsync(hasGrace: true);
                break;
            case Harm.Full:
                await machine.Server.FillSmallAsync();
                break;
            case Harm.ReadOnly:
                await machine.Server.SetSmallAccessAsync(isWritable: false);
                await WhenRefusedAsync();
                break;
            default:
                await machine.Server.PauseAsync();
                break;
        }
    }

    protected override async Task UndoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await machine.Server.BootAsync(hasGrace: false);
                break;
            case Harm.Full:
                await machine.Server.MakeRoomAsync();
                break;
            case Harm.ReadOnly:
                await machine.Server.SetSmallAccessAsync(isWritable: true);
                await WhenAcceptedAsync();
                break;
            case Harm.Frozen or Harm.FrozenAndInterrupted:
                await machine.Server.ResumeAsync();
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

    private IObjectStore Open(string patience, ObjectStoreOptions options) => ObjectStores.Open(
        TargetUrl.Parse($"nfs://127.0.0.1:{path}?nfsOptions=port={machine.Server.Port}{patience}"), TargetCredentials.None, options);

    /// <summary>Started once for the table.</summary>
    public sealed class Machine : IAsyncLifetime
    {
        private string? whyMissing;

        public KernelNfsServer Server { get; } = new(smallMebibytes: 24);

        public async ValueTask InitializeAsync()
        {
            whyMissing = await KernelNfsServer.WhyMissingAsync();
            if (whyMissing is null)
                await Server.StartAsync();
        }

        public void Require()
        {
            if (whyMissing is null)
                return;
            Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", whyMissing);
            Assert.Skip(whyMissing);
        }

        public async ValueTask DisposeAsync()
        {
            if (whyMissing is null)
                await Server.WipeAsync();
        }
    }
}
