using Ankole.Control;

namespace Ankole.Server.Tests.Resources;

/// <summary>Admission in between changes nothing of what a store promises.</summary>
public sealed class AdmittedResourceStoreTests : ResourceStoreTests
{
    private readonly SqliteResourceStore inner;

    public AdmittedResourceStoreTests() => inner = SqliteResourceStore.CreateInMemory(Time);

    protected override ValueTask<IResourceStore> CreateStoreAsync(TimeProvider time) =>
        ValueTask.FromResult<IResourceStore>(new AdmittedResourceStore(inner, new Admission([])));

    protected override ValueTask EndStoreAsync(IResourceStore store) => inner.DisposeAsync();
}
