namespace Ankole.Control;

/// <summary>
/// Keeps resources: what a person asked for, and what is. The contract is that of a Kubernetes API server, so that one runs on SQLite on a
/// single host and on the cluster's own API elsewhere.
/// </summary>
/// <remarks>
/// All members may be called at the same time. A write returns the resource as it is stored. Optimistic concurrency: an update that carries a
/// <see cref="ObjectMeta.ResourceVersion"/> succeeds only while that is the stored one; without one it overwrites.
/// Typed forms of these calls are in <see cref="ResourceStoreExtensions"/>.
/// </remarks>
public interface IResourceStore
{
    /// <summary>Null when there is none.</summary>
    ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken);

    /// <summary>One page, ordered by namespace and name. The list's version is one that a watch can start from.</summary>
    /// <exception cref="ResourceExpiredException">The continue token is too old.</exception>
    ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken);

    /// <summary>Stores a new resource: gives it a uid, a creation time, generation 1 and, with only a generateName, a name. A status is dropped where the kind has its own path for it.</summary>
    /// <exception cref="ResourceExistsException">There is one of that name.</exception>
    /// <exception cref="InvalidResourceException">The resource breaks rules; all mistakes are in it.</exception>
    ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource;

    /// <summary>
    /// Replaces everything but the status (where the kind has a status path). The generation grows when anything but metadata changed. A
    /// resource that is being deleted and has no finalizer left is removed. Unchanged content is not a write: the version stays.
    /// </summary>
    /// <exception cref="ResourceConflictException">It was changed since it was read.</exception>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    /// <exception cref="InvalidResourceException">The resource breaks rules; all mistakes are in it.</exception>
    ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource;

    /// <summary>Replaces only the status. Unchanged content is not a write: the version stays.</summary>
    /// <exception cref="ResourceConflictException">It was changed since it was read.</exception>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource;

    /// <summary>Removes it; while it has finalizers, only marks it as being deleted. What it owns goes after it. Returns the last state; null when there is none.</summary>
    /// <exception cref="ResourceConflictException">The preconditions do not hold.</exception>
    ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken);

    /// <summary>
    /// Changes that match, in order, after <paramref name="fromVersion"/>; null: first every existing resource as added, then changes. A resource
    /// that ceases to match the query's selectors arrives as deleted. Ends only by cancellation.
    /// </summary>
    /// <exception cref="ResourceExpiredException">The history since that version is gone: list again.</exception>
    IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, CancellationToken cancellationToken);
}
