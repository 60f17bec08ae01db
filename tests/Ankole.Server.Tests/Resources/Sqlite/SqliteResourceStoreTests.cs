using Ankole.Control;

namespace Ankole.Server.Tests.Resources.Sqlite;

public sealed class SqliteResourceStoreTests : ResourceStoreTests
{
    protected override ValueTask<IResourceStore> CreateStoreAsync(TimeProvider time) => ValueTask.FromResult<IResourceStore>(SqliteResourceStore.CreateInMemory(time));
}
