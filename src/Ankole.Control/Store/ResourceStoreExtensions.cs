namespace Ankole.Control;

/// <summary>The calls of <see cref="IResourceStore"/> by type.</summary>
public static class ResourceStoreExtensions
{
    public static async ValueTask<T?> GetAsync<T>(
        this IResourceStore store, ResourceKind<T> kind, string name, CancellationToken cancellationToken) where T : Resource =>
        (T?)await store.GetAsync(new ResourceKey(kind, null, name), cancellationToken);

    public static async ValueTask<T?> GetAsync<T>(
        this IResourceStore store, ResourceKind<T> kind, string? @namespace, string name, CancellationToken cancellationToken) where T : Resource =>
        (T?)await store.GetAsync(new ResourceKey(kind, @namespace, name), cancellationToken);

    /// <summary>
    /// Whether somebody wrote it since it was read, or it is gone. Work writes its end before it is over, so a look that finds no work any more must
    /// not act on what it read while there was some: it leaves that to the look that the change brings.
    /// </summary>
    public static async ValueTask<bool> HasChangedAsync(this IResourceStore store, Resource seen, CancellationToken cancellationToken) =>
        (await store.GetAsync(ResourceKey.Of(seen), cancellationToken))?.Metadata.ResourceVersion != seen.Metadata.ResourceVersion;

    /// <summary>All that match, page by page: the caller holds one page at a time.</summary>
    public static async IAsyncEnumerable<T> ListAsync<T>(
        this IResourceStore store, ResourceKind<T> kind, Func<ResourceQuery, ResourceQuery>? choose,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken) where T : Resource
    {
        var query = new ResourceQuery(kind) { Limit = 500 };
        query = choose?.Invoke(query) ?? query;
        while (true)
        {
            var page = await store.ListAsync(query, cancellationToken);
            foreach (var item in page.Items)
                yield return (T)item;
            if (page.Continue is null)
                yield break;
            query = query with { Continue = page.Continue };
        }
    }

    /// <summary>
    /// Reads, changes and writes until nobody was in between; null when it does not exist (any more). <paramref name="change"/> may run several
    /// times, and returning what it was given writes nothing.
    /// </summary>
    /// <param name="status">True changes only the status, false everything but the status.</param>
    public static async ValueTask<T?> ChangeAsync<T>(
        this IResourceStore store, ResourceKey key, bool status, Func<T, T> change, CancellationToken cancellationToken) where T : Resource
    {
        while (true)
        {
            if (await store.GetAsync(key, cancellationToken) is not T before)
                return null;
            var after = change(before);
            if (ReferenceEquals(before, after))
                return before;
            try
            {
                return status ? await store.UpdateStatusAsync(after, cancellationToken) : await store.UpdateAsync(after, cancellationToken);
            }
            catch (ResourceConflictException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (ResourceNotFoundException)
            {
                return null;
            }
        }
    }
}
