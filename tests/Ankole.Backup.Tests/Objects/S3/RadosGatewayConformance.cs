namespace Ankole.Backup.Tests;

[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayOverHttp(RadosGateway gateway) : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => gateway.OpenProbedAsync(() => gateway.Owner());
}

/// <summary>As the user that docs/targets.md has people make: nothing but the four actions.</summary>
[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayMainJob(RadosGateway gateway) : MainJob, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await gateway.AllowStrangerAsync(RadosGateway.FourActions);

    public async ValueTask DisposeAsync() => await gateway.ForbidStrangerAsync();

    protected override ValueTask<IObjectStore> CreateStoreAsync() =>
        ValueTask.FromResult(ObjectStores.Open(gateway.NewTarget(), gateway.Stranger(), new ObjectStoreOptions()));
}

[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayMainJobOverTls(RadosGateway gateway) : MainJob
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => gateway.OpenProbedAsync(gateway.OwnerOverTls);
}

[Collection(RadosGateway.Collection)]
[Trait("Category", "RealServer")]
public sealed class RadosGatewayOverTls(RadosGateway gateway) : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => gateway.OpenProbedAsync(gateway.OwnerOverTls);
}
