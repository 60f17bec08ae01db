using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control.Tests;

/// <summary>
/// Directories are real; a bucket <c>s3://NAME@test/</c> is memory that outlives every client, seen through a plan of faults that a test may change
/// at any time.
/// </summary>
internal sealed class BentObjectStores : IObjectStoreFactory
{
    private readonly ConcurrentDictionary<string, MemoryObjectStore> buckets = new();
    private readonly ObjectStoreFactory real = new(new ObjectStoreOptions());

    /// <summary>What happens to each request of a bucket.</summary>
    public Func<StoreRequest, StoreFault> Plan { get; set; } = _ => StoreFault.None;

    /// <summary>Awaited before each request of a bucket: a server that hangs.</summary>
    public Func<StoreRequest, CancellationToken, Task> Hang { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>True: directories are tested as the daemon tests them.</summary>
    public bool ProbesDirectories { get; set; }

    public MemoryObjectStore Bucket(string name) => buckets.GetOrAdd(name, _ => new MemoryObjectStore());

    public IObjectStore Open(TargetUrl url, TargetCredentials credentials) => url is S3TargetUrl s3
        ? new HangingStore(new HostileObjectStore(Bucket(s3.Bucket), request => Plan(request)), this)
        : real.Open(url, credentials);

    public async IAsyncEnumerable<ProbeStep> ProbeAsync(TargetUrl url, TargetCredentials credentials, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (ProbesDirectories && url is DirectoryTargetUrl)
        {
            await foreach (var step in real.ProbeAsync(url, credentials, cancellationToken))
                yield return step;
            yield break;
        }
        await Hang(new StoreRequest(StoreRequestKind.List, "", 0), cancellationToken);
        var failed = Plan(new StoreRequest(StoreRequestKind.List, "", 0)) == StoreFault.Unavailable;
        yield return new ProbeStep("list", failed ? ProbeResult.Failed : ProbeResult.Passed, failed ? "the server is busy (503)." : "it answers.", TimeSpan.Zero);
    }

    /// <summary>Buckets are not disposed with the client, as a server is not.</summary>
    private sealed class HangingStore(IObjectStore inner, BentObjectStores owner) : IObjectStore
    {
        public string DisplayName => inner.DisplayName;

        public RequestCounters Requests => inner.Requests;

        public bool HasAtomicPutIfAbsent => inner.HasAtomicPutIfAbsent;

        public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await owner.Hang(new StoreRequest(StoreRequestKind.List, prefix, 0), cancellationToken);
            await foreach (var entry in inner.ListAsync(prefix, cancellationToken))
                yield return entry;
        }

        public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await owner.Hang(new StoreRequest(StoreRequestKind.ListFolders, prefix, 0), cancellationToken);
            await foreach (var folder in inner.ListFoldersAsync(prefix, cancellationToken))
                yield return folder;
        }

        public async ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken)
        {
            await owner.Hang(new StoreRequest(StoreRequestKind.Stat, key, 0), cancellationToken);
            return await inner.StatAsync(key, cancellationToken);
        }

        public async ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
        {
            await owner.Hang(new StoreRequest(StoreRequestKind.Get, key, 0), cancellationToken);
            return await inner.GetAsync(key, maxBytes, cancellationToken);
        }

        public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            await owner.Hang(new StoreRequest(StoreRequestKind.Put, key, 0), cancellationToken);
            await inner.PutAsync(key, content, cancellationToken);
        }

        public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            inner.PutIfAbsentAsync(key, content, cancellationToken);

        public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
