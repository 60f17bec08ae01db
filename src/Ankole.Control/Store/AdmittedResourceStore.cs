namespace Ankole.Control;

/// <summary>The store as people and their programs may write to it: every write passes admission first. Controllers write to the inner one.</summary>
public sealed class AdmittedResourceStore(IResourceStore inner, IAdmission admission) : IResourceStore
{
    public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, CancellationToken cancellationToken) =>
        inner.WatchAsync(query, fromVersion, cancellationToken);

    public async ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        // With a generated name there is none to look at; and one that exists is told before the rules.
        if (resource.Name.Length > 0 && await inner.GetAsync(ResourceKey.Of(resource), cancellationToken) is not null)
            throw new ResourceExistsException(ResourceKey.Of(resource));
        return await inner.CreateAsync((T)await admission.AdmitAsync(resource, null, inner, cancellationToken), cancellationToken);
    }

    public async ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        var key = ResourceKey.Of(resource);
        var isVersioned = resource.Metadata.ResourceVersion is { Length: > 0 };
        while (true)
        {
            var old = await inner.GetAsync(key, cancellationToken) ?? throw new ResourceNotFoundException(key);
            if (isVersioned && old.Metadata.ResourceVersion != resource.Metadata.ResourceVersion)
                throw new ResourceConflictException(key, $"it is at version {old.Metadata.ResourceVersion} and no longer at {resource.Metadata.ResourceVersion}");
            if (resource.Metadata.Uid is { Length: > 0 } uid && uid != old.Metadata.Uid)
                throw new ResourceConflictException(key, "it was deleted, and this is another one of its name");
            var admitted = (T)await admission.AdmitAsync(resource, old, inner, cancellationToken);
            // What was judged is what is written: not over a state that the rules have not seen.
            admitted = (T)((Resource)admitted with { Metadata = admitted.Metadata with { ResourceVersion = old.Metadata.ResourceVersion } });
            try
            {
                return await inner.UpdateAsync(admitted, cancellationToken);
            }
            catch (ResourceConflictException) when (!isVersioned)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateStatusAsync(resource, cancellationToken);

    public async ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken)
    {
        if (await inner.GetAsync(key, cancellationToken) is not { } resource)
            return null;
        await admission.AdmitDeletionAsync(resource, inner, cancellationToken);
        return await inner.DeleteAsync(key, preconditions, cancellationToken);
    }
}
