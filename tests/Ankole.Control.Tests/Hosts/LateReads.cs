namespace Ankole.Control.Tests;

/// <summary>A store whose answers to reads of one resource may come late: what was read is old by then.</summary>
internal sealed class LateReads(IResourceStore inner, Func<Resource?, Task> afterRead) : IResourceStore
{
    public async ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var resource = await inner.GetAsync(key, cancellationToken);
        await afterRead(resource).WaitAsync(cancellationToken);
        return resource;
    }

    public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    public ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.CreateAsync(resource, cancellationToken);

    public ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateAsync(resource, cancellationToken);

    public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateStatusAsync(resource, cancellationToken);

    public ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, preconditions, cancellationToken);

    public IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, CancellationToken cancellationToken) =>
        inner.WatchAsync(query, fromVersion, cancellationToken);
}
