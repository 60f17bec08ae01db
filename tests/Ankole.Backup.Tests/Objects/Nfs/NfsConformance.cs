namespace Ankole.Backup.Tests;

[Collection(NfsServer.Collection)]
[Trait("Category", "RealServer")]
public sealed class NfsConformance(NfsServer server) : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult(server.Open(out _));
}
