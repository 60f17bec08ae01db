namespace Ankole.Backup;

/// <summary>
/// Where a backupstore's objects live: a directory, an S3 bucket, … Keys are <c>/</c>-joined, relative to the target's own path, without
/// a leading <c>/</c>: <c>backupstore/volumes/01/9c/vol1/volume.cfg</c>.
/// </summary>
/// <remarks>
/// <para>Every member either knows or throws: "could not ask" is never answered as "absent" or "empty".</para>
/// <para>All members may be called at the same time. Implementations retry what is transient within their own bounds, set a deadline on
/// every request, and count what they send in <see cref="Requests"/>.</para>
/// </remarks>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>What to call it in messages: the target's URL, without credentials.</summary>
    string DisplayName { get; }

    RequestCounters Requests { get; }

    /// <summary>What a person should know about the way it was opened: options of the URL that have no effect, for instance. Whole sentences.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>
    /// Every object whose key starts with <paramref name="prefix"/> (which ends with <c>/</c> or is empty), in no promised order, in as few
    /// requests as the store allows. A prefix without objects lists nothing. Foreign temporary and hidden files are left out.
    /// </summary>
    /// <exception cref="ObjectStoreException">The listing failed at any point; what was yielded before must not be taken for the whole.</exception>
    IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The names, without <paramref name="prefix"/> and <c>/</c>, of the folders directly under it (S3: common prefixes).</summary>
    IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Length and time, or null when there is certainly no such object. A folder is no object.</summary>
    ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken);

    /// <summary>The whole object in a pooled buffer that the caller disposes, or null when there is certainly no such object.</summary>
    /// <param name="maxBytes">Longer objects are an <see cref="ObjectStoreException"/> of kind Damaged: nobody allocates what a stranger's store says.</param>
    ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// The object as a forward-only stream of any length, or null when there is certainly no such object. For what does not fit into memory
    /// (whole-file backups, system backups); records and blocks use <see cref="GetAsync"/>.
    /// </summary>
    async ValueTask<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        using var bytes = await GetAsync(key, Array.MaxLength, cancellationToken);
        return bytes is null ? null : new MemoryStream(bytes.Span.ToArray(), writable: false);
    }

    /// <summary>Creates or replaces the object, whole and durable when it returns.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Creates the object unless one exists.</summary>
    /// <returns>True: this call created it, and of several racers only this one (as far as the store can promise: <see cref="HasAtomicPutIfAbsent"/>).</returns>
    ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>False where the server ignores the condition, so that <see cref="PutIfAbsentAsync"/> is a question followed by a write.</summary>
    bool HasAtomicPutIfAbsent { get; }

    /// <summary>
    /// Opens a group of puts whose durability is settled together. Where every put is durable by itself (S3) the batch only passes them on;
    /// on a file system it flushes many files side by side and each directory once, which is several times faster than one by one.
    /// </summary>
    IPutBatch CreateBatch() => new ImmediatePutBatch(this);

    /// <summary>
    /// Deletes each key; one that does not exist counts as deleted. Goes on after a failed key and throws at the end. Durable when it returns:
    /// what is deleted by a later call never disappears before what was deleted by this one.
    /// </summary>
    /// <exception cref="ObjectStoreException">Names the keys that could not be deleted.</exception>
    ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);
}

/// <summary>One stored object as a listing shows it.</summary>
/// <param name="LastModified">UTC, by the store's own clock.</param>
public readonly record struct ObjectEntry(string Key, long Length, DateTimeOffset LastModified);
