namespace Ankole.Backup.Tests;

/// <summary>S3, as the user with exactly the four documented actions.</summary>
[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayOutages(RadosGateway gateway) : OutageTable, IAsyncLifetime
{
    private S3TargetUrl? target;

    public async ValueTask InitializeAsync() => await gateway.AllowStrangerAsync(RadosGateway.FourActions);

    public async ValueTask DisposeAsync() => await gateway.ForbidStrangerAsync();

    protected override ValueTask<IObjectStore> OpenStoreAsync(ObjectStoreOptions options)
    {
        target = gateway.NewTarget();
        return ValueTask.FromResult(ObjectStores.Open(target, gateway.Stranger(), options));
    }

    protected override ValueTask<IObjectStore> ReopenStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(target!, gateway.Stranger(), new ObjectStoreOptions()));

    protected override async Task DoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await gateway.KillAsync();
                break;
            case Harm.Restarted:
                await gateway.KillAsync();
                await gateway.StartGatewayAsync();
                break;
            case Harm.Full:
                await gateway.SetQuotaAsync(isOn: true);
                await WhenRefusedAsync();
                break;
            case Harm.ReadOnly:
                await gateway.AllowStrangerAsync(["s3:GetObject", "s3:ListBucket"], "s3:PutObject", "s3:DeleteObject");
                await WhenRefusedAsync();
                break;
            default:
                await gateway.PauseAsync();
                break;
        }
    }

    protected override async Task UndoAsync(Harm harm)
    {
        switch (harm)
        {
            case Harm.Killed:
                await gateway.StartGatewayAsync();
                break;
            case Harm.Full:
                await gateway.SetQuotaAsync(isOn: false);
                await WhenAcceptedAsync();
                break;
            case Harm.ReadOnly:
                await gateway.AllowStrangerAsync(RadosGateway.FourActions);
                await WhenAcceptedAsync();
                break;
            case Harm.Frozen or Harm.FrozenAndInterrupted:
                await gateway.ResumeAsync();
                break;
        }
    }

    protected override string CauseOf(Harm harm) => harm switch
    {
        Harm.Killed => "refuses the connection|was lost",
        Harm.Frozen => "the server or the way to it hangs",
        Harm.Full => @"the store is full or its quota is used up \(QuotaExceeded\)",
        _ => @"\(AccessDenied\): the user needs s3:(Put|Delete)Object",
    };
}
