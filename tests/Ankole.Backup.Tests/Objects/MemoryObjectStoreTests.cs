namespace Ankole.Backup.Tests;

public sealed class MemoryObjectStoreTests : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => ValueTask.FromResult<IObjectStore>(new MemoryObjectStore());
}
