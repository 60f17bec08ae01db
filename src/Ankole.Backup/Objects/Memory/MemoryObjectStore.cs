using System.Runtime.CompilerServices;

namespace Ankole.Backup;

/// <summary>Objects in memory: what the other stores are measured against, and where tests count requests.</summary>
/// <remarks>A listing costs one request per 1000 objects, as on S3, and shows one consistent moment.</remarks>
public sealed class MemoryObjectStore(TimeProvider? time = null) : IObjectStore
{
    private const int EntriesPerListRequest = 1000;

    private readonly TimeProvider time = time ?? TimeProvider.System;
    private readonly SortedDictionary<string, StoredObject> objects = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public string DisplayName => "memory:";

    public RequestCounters Requests { get; } = new();

    public bool HasAtomicPutIfAbsent => true;

    /// <summary>Keys and contents at this moment, for a test that changes or compares them.</summary>
    public IReadOnlyDictionary<string, byte[]> Contents
    {
        get
        {
            lock (gate)
                return objects.ToDictionary(pair => pair.Key, pair => pair.Value.Content);
        }
    }

    /// <summary>Stores the object with a chosen time, as if it had been written then.</summary>
    public void Set(string key, ReadOnlySpan<byte> content, DateTimeOffset? lastModified = null)
    {
        lock (gate)
            objects[key] = new StoredObject(content.ToArray(), lastModified ?? time.GetUtcNow());
    }

    public bool Remove(string key)
    {
        lock (gate)
            return objects.Remove(key);
    }

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        var entries = Snapshot(prefix);
        Requests.CountList();
        for (var i = 0; i < entries.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (i > 0 && i % EntriesPerListRequest == 0)
                Requests.CountList();
            yield return entries[i];
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        Requests.CountList();
        string? last = null;
        foreach (var entry in Snapshot(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var slash = entry.Key.IndexOf('/', prefix.Length);
            if (slash < 0)
                continue;
            var folder = entry.Key[prefix.Length..slash];
            if (folder != last)
                yield return folder;
            last = folder;
        }
    }

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.CountStat();
        lock (gate)
            return ValueTask.FromResult<ObjectEntry?>(objects.TryGetValue(key, out var found) ? found.Entry(key) : null);
    }

    public ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoredObject? found;
        lock (gate)
            objects.TryGetValue(key, out found);
        Requests.CountGet(found?.Content.Length ?? 0);
        if (found is null)
            return ValueTask.FromResult<PooledBytes?>(null);
        if (found.Content.Length > maxBytes)
            throw ObjectStoreException.TooLong(key, found.Content.Length, maxBytes);
        return ValueTask.FromResult<PooledBytes?>(PooledBytes.CopyOf(found.Content));
    }

    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.CountPut(content.Length);
        Set(key, content.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.CountPut(content.Length);
        lock (gate)
            return ValueTask.FromResult(objects.TryAdd(key, new StoredObject(content.ToArray(), time.GetUtcNow())));
    }

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        foreach (var chunk in keys.Chunk(EntriesPerListRequest))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Requests.CountDelete();
            lock (gate)
                foreach (var key in chunk)
                    objects.Remove(key);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<ObjectEntry> Snapshot(string prefix)
    {
        lock (gate)
            return [.. objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => pair.Value.Entry(pair.Key))];
    }

    private sealed record StoredObject(byte[] Content, DateTimeOffset LastModified)
    {
        public ObjectEntry Entry(string key) => new(key, Content.Length, LastModified);
    }
}
