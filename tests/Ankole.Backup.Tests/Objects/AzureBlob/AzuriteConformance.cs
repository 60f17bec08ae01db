namespace Ankole.Backup.Tests;

[Collection(Azurite.Collection)]
[Trait("Category", "RealServer")]
public sealed class AzuriteConformance(Azurite server) : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult(server.Open());
}

[Collection(Azurite.Collection)]
[Trait("Category", "RealServer")]
public sealed class AzuriteMainJob(Azurite server) : MainJob
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult(server.Open());
}
