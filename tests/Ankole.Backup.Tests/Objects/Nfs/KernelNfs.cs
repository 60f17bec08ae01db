using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>One Linux NFS server, in a virtual machine, for the whole run; each test works below a directory of its own.</summary>
/// <remarks>Emulated, it is about ten times slower than the machine itself: what counts requests or objects by the thousand runs against Ganesha only.</remarks>
public sealed class KernelNfs : IAsyncLifetime
{
    public const string Collection = "Linux NFS server";

    private readonly KernelNfsServer server = new();
    private string? whyMissing;

    public async ValueTask InitializeAsync()
    {
        whyMissing = await KernelNfsServer.WhyMissingAsync();
        if (whyMissing is null)
            await server.StartAsync();
    }

    /// <summary>A new empty directory of the export, made by this project's own client: there is no other way in.</summary>
    public async ValueTask<IObjectStore> OpenAsync()
    {
        if (whyMissing is not null)
        {
            Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", whyMissing);
            Assert.Skip(whyMissing);
        }
        var name = Guid.NewGuid().ToString("N");
        await using (var parent = OpenAt("/export"))
            await parent.PutAsync($"{name}/.keep", "x"u8.ToArray(), TestContext.Current.CancellationToken);
        return OpenAt($"/export/{name}");
    }

    public async ValueTask DisposeAsync()
    {
        if (whyMissing is null)
            await server.WipeAsync();
    }

    private IObjectStore OpenAt(string path) => ObjectStores.Open(
        TargetUrl.Parse($"nfs://127.0.0.1:{path}?nfsOptions=port={server.Port}"), TargetCredentials.None, new ObjectStoreOptions());
}

[CollectionDefinition(KernelNfs.Collection)]
public sealed class KernelNfsDefinition : ICollectionFixture<KernelNfs>;

[Collection(KernelNfs.Collection)]
[Trait("Category", "RealServer")]
public sealed class KernelNfsConformance(KernelNfs server) : ObjectStoreConformance
{
    protected override ValueTask<IObjectStore> CreateStoreAsync() => server.OpenAsync();
}

[Collection(KernelNfs.Collection)]
[Trait("Category", "RealServer")]
public sealed class KernelNfsMainJob(KernelNfs server) : MainJob
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_objects_are_put_listed_and_deleted()
    {
        await using var store = await server.OpenAsync();
        var keys = Enumerable.Range(0, 10_000).Select(i => $"backupstore/blocks/{i % 64:x2}/{i / 256:x2}/{i:d8}.blk").ToList();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token },
            async (key, token) => await store.PutAsync(key, new byte[] { 1, 2, 3 }, token));
        Assert.Equal(
            keys.Order(StringComparer.Ordinal),
            await store.ListAsync("backupstore/", Token).Select(entry => entry.Key).Order(StringComparer.Ordinal).ToListAsync(Token));
        await store.DeleteAsync(keys, Token);
        Assert.Empty(await store.ListAsync("backupstore/", Token).ToListAsync(Token));
    }

    protected override ValueTask<IObjectStore> CreateStoreAsync() => server.OpenAsync();
}
