namespace Ankole.Backup.Tests;

/// <summary>Passes every request on, and does harm once, before the request that is in the middle of the operation; what comes meanwhile waits for it.</summary>
/// <param name="isTheMoment">Called with each request that touches a block: "put", "get" or "delete".</param>
internal sealed class HarmedStore(IObjectStore inner, Func<string, bool> isTheMoment, Func<Task> harm) : IObjectStore
{
    private readonly Lock gate = new();
    private Task? doing;
    private int underWay;

    /// <summary>Whether the moment came.</summary>
    public bool WasHarmed => doing is not null;

    public string DisplayName => inner.DisplayName;

    public RequestCounters Requests => inner.Requests;

    public bool HasAtomicPutIfAbsent => inner.HasAtomicPutIfAbsent;

    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => inner.ListFoldersAsync(prefix, cancellationToken);

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken) => inner.StatAsync(key, cancellationToken);

    public async ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken) =>
        await PassAsync("get", key, () => inner.GetAsync(key, maxBytes, cancellationToken));

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await PassAsync("put", key, () => inner.PutAsync(key, content, cancellationToken));

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.PutIfAbsentAsync(key, content, cancellationToken);

    public IPutBatch CreateBatch() => new Batch(this, inner.CreateBatch());

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await PassAsync("delete", keys[0], () => inner.DeleteAsync(keys, cancellationToken));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Returns once no request is under way.</summary>
    public async Task IdleAsync()
    {
        while (Volatile.Read(ref underWay) > 0)
            await Task.Delay(5);
    }

    private async ValueTask<T> PassAsync<T>(string request, string key, Func<ValueTask<T>> pass)
    {
        await BeforeAsync(request, key);
        Interlocked.Increment(ref underWay);
        try
        {
            return await pass();
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private async ValueTask PassAsync(string request, string key, Func<ValueTask> pass) => await PassAsync(request, key, async () =>
    {
        await pass();
        return true;
    });

    private Task BeforeAsync(string request, string key)
    {
        lock (gate)
        {
            if (doing is null && key.EndsWith(".blk", StringComparison.Ordinal) && isTheMoment(request))
                doing = Task.Run(harm);
            return doing ?? Task.CompletedTask;
        }
    }

    private sealed class Batch(HarmedStore store, IPutBatch inner) : IPutBatch
    {
        public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            await store.PassAsync("put", key, () => inner.PutAsync(key, content, cancellationToken));

        public ValueTask CommitAsync(CancellationToken cancellationToken) => inner.CommitAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
