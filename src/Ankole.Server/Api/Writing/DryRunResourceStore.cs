using Ankole.Control;

namespace Ankole.Server;

/// <summary>Answers writes as the store would, and writes nothing.</summary>
internal sealed class DryRunResourceStore(IResourceStore inner, TimeProvider time) : IResourceStore
{
    public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, CancellationToken cancellationToken) =>
        inner.WatchAsync(query, fromVersion, cancellationToken);

    public async ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var created = ResourceWrites.New(ResourceKey.Of(resource).Kind, resource, time.GetUtcNow());
        var key = ResourceKey.Of(created);
        return await inner.GetAsync(key, cancellationToken) is null ? created : throw new ResourceExistsException(key);
    }

    public async ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = ResourceKey.Of(resource);
        return (T)ResourceWrites.Updated(key.Kind, await ReadAsync(key, resource.Metadata, cancellationToken), resource);
    }

    public async ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = ResourceKey.Of(resource);
        return (T)ResourceWrites.StatusUpdated(key.Kind, await ReadAsync(key, resource.Metadata, cancellationToken), resource);
    }

    public async ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken)
    {
        if (await inner.GetAsync(key, cancellationToken) is not { } old)
            return null;
        Check(key, old, preconditions?.ResourceVersion, preconditions?.Uid);
        return old.Metadata.Finalizers.Count > 0 && !old.IsDeleting ? ResourceWrites.MarkedDeleted(old, time.GetUtcNow()) : old;
    }

    private async ValueTask<Resource> ReadAsync(ResourceKey key, ObjectMeta wanted, CancellationToken cancellationToken)
    {
        var old = await inner.GetAsync(key, cancellationToken) ?? throw new ResourceNotFoundException(key);
        Check(key, old, wanted.ResourceVersion, wanted.Uid);
        return old;
    }

    private static void Check(ResourceKey key, Resource old, string? version, string? uid)
    {
        if (version is { Length: > 0 } && version != old.Metadata.ResourceVersion)
            throw new ResourceConflictException(key, $"it is at version {old.Metadata.ResourceVersion} and no longer at {version}");
        if (uid is { Length: > 0 } && uid != old.Metadata.Uid)
            throw new ResourceConflictException(key, $"its uid is {old.Metadata.Uid} and not {uid}: it was deleted and made again");
    }
}
