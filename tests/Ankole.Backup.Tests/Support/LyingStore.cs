using System.Runtime.CompilerServices;

namespace Ankole.Backup.Tests;

/// <summary>A store whose listings hide what exists, or show what does not, every time; gets and puts are honest.</summary>
internal sealed class LyingStore(IObjectStore inner, Func<string, bool> hides, params string[] ghosts) : IObjectStore
{
    public string DisplayName => inner.DisplayName;

    public RequestCounters Requests => inner.Requests;

    public bool HasAtomicPutIfAbsent => inner.HasAtomicPutIfAbsent;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in inner.ListAsync(prefix, cancellationToken))
            if (!hides(entry.Key))
                yield return entry;
        foreach (var ghost in ghosts.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
            yield return new ObjectEntry(ghost, 100, DateTimeOffset.UtcNow);
    }

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => inner.ListFoldersAsync(prefix, cancellationToken);

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken) => inner.StatAsync(key, cancellationToken);

    public ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken) => inner.GetAsync(key, maxBytes, cancellationToken);

    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(key, content, cancellationToken);

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.PutIfAbsentAsync(key, content, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
