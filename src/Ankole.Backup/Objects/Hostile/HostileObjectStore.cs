using System.Runtime.CompilerServices;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>A store that fails, lies and dies as a plan says. Every promise about interrupted and misled operations is tested through it.</summary>
/// <param name="plan">Chooses the fault of each request. Called by several requests at once.</param>
public sealed class HostileObjectStore(IObjectStore inner, Func<StoreRequest, StoreFault> plan) : IObjectStore
{
    private readonly Dictionary<string, List<ObjectEntry>> lastListings = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private long ordinal;
    private volatile bool killed;

    public string DisplayName => inner.DisplayName;

    public RequestCounters Requests => inner.Requests;

    public IReadOnlyList<string> Notes => inner.Notes;

    public bool HasAtomicPutIfAbsent => inner.HasAtomicPutIfAbsent;

    /// <summary>Requests so far.</summary>
    public long RequestCount => Interlocked.Read(ref ordinal);

    public bool IsKilled => killed;

    public async IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.List, prefix);
        if (fault == StoreFault.SaysAbsent)
            yield break;
        var entries = fault == StoreFault.Stale ? Remembered(prefix) : null;
        if (entries is null)
        {
            entries = [];
            await foreach (var entry in inner.ListAsync(prefix, cancellationToken))
                entries.Add(entry);
            if (fault != StoreFault.Stale)
                Remember(prefix, entries);
        }
        // The last ones first: no order is promised, and so a short listing lacks what a reader may take for the most certain part.
        var isCut = fault is StoreFault.FailsMidway or StoreFault.EndsEarly or StoreFault.Truncated;
        if (isCut)
            entries = [.. entries.OrderByDescending(entry => entry.Key, StringComparer.Ordinal)];
        var shown = fault == StoreFault.Truncated ? entries.Count - 1 : isCut ? entries.Count / 2 : entries.Count;
        for (var i = 0; i < shown; i++)
            yield return entries[i];
        if (fault is StoreFault.FailsMidway or StoreFault.LostReply)
            throw Unavailable("list", prefix);
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.ListFolders, prefix);
        if (fault == StoreFault.SaysAbsent)
            yield break;
        await foreach (var folder in inner.ListFoldersAsync(prefix, cancellationToken))
        {
            yield return folder;
            if (fault == StoreFault.FailsMidway)
                throw Unavailable("list", prefix);
            if (fault == StoreFault.EndsEarly)
                yield break;
        }
    }

    public async ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.Stat, key);
        var entry = fault == StoreFault.SaysAbsent ? null : await inner.StatAsync(key, cancellationToken);
        return fault == StoreFault.LostReply ? throw Unavailable("stat", key) : entry;
    }

    public async ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.Get, key);
        if (fault == StoreFault.SaysAbsent)
            return null;
        var bytes = await inner.GetAsync(key, maxBytes, cancellationToken);
        if (bytes is null)
            return null;
        if (fault == StoreFault.LostReply)
        {
            bytes.Dispose();
            throw Unavailable("get", key);
        }
        if (fault is not (StoreFault.FlippedBit or StoreFault.Truncated))
            return bytes;
        using (bytes)
            return PooledBytes.CopyOf(Damage(fault, bytes.Memory).Span);
    }

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.Put, key);
        await inner.PutAsync(key, Damage(fault, content), cancellationToken);
        if (fault == StoreFault.LostReply)
            throw Unavailable("put", key);
    }

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.PutIfAbsent, key);
        var created = await inner.PutIfAbsentAsync(key, Damage(fault, content), cancellationToken);
        return fault == StoreFault.LostReply ? throw Unavailable("put", key) : created;
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var fault = Choose(StoreRequestKind.Delete, keys.Count > 0 ? keys[0] : "");
        await inner.DeleteAsync(fault == StoreFault.Truncated ? [.. keys.Take(keys.Count / 2)] : keys, cancellationToken);
        if (fault is StoreFault.LostReply or StoreFault.Truncated)
            throw Unavailable("delete", keys[0]);
    }

    public IPutBatch CreateBatch() => new Batch(this, inner.CreateBatch());

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private StoreFault Choose(StoreRequestKind kind, string key)
    {
        if (killed)
            throw new StoreKilledException();
        var fault = plan(new StoreRequest(kind, key, Interlocked.Increment(ref ordinal)));
        if (fault == StoreFault.Killed)
        {
            killed = true;
            throw new StoreKilledException();
        }
        return fault == StoreFault.Unavailable ? throw Unavailable(kind.ToString().ToLowerInvariant(), key) : fault;
    }

    private List<ObjectEntry>? Remembered(string prefix)
    {
        lock (gate)
            return lastListings.GetValueOrDefault(prefix);
    }

    private void Remember(string prefix, List<ObjectEntry> entries)
    {
        lock (gate)
            lastListings[prefix] = entries;
    }

    private static ReadOnlyMemory<byte> Damage(StoreFault fault, ReadOnlyMemory<byte> content)
    {
        if (fault == StoreFault.Truncated)
            return content[..(content.Length / 2)];
        if (fault != StoreFault.FlippedBit || content.IsEmpty)
            return content;
        var damaged = content.ToArray();
        damaged[damaged.Length / 2] ^= 0x10;
        return damaged;
    }

    private static ObjectStoreException Unavailable(string operation, string key) =>
        new(ErrorKind.Unavailable, $"cannot {operation} '{key}': the server is busy (503).", isTransient: true);

    /// <summary>Passes each put through the plan; what was put before a kill may or may not be there, as on a real disk.</summary>
    private sealed class Batch(HostileObjectStore store, IPutBatch inner) : IPutBatch
    {
        public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            var fault = store.Choose(StoreRequestKind.Put, key);
            await inner.PutAsync(key, Damage(fault, content), cancellationToken);
            if (fault == StoreFault.LostReply)
                throw Unavailable("put", key);
        }

        public async ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            var fault = store.Choose(StoreRequestKind.Commit, "");
            await inner.CommitAsync(cancellationToken);
            if (fault == StoreFault.LostReply)
                throw Unavailable("commit", "");
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
