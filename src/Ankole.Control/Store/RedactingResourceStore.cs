using System.Runtime.CompilerServices;

namespace Ankole.Control;

/// <summary>The store as it may be shown: no Secret's value comes out of it, and <see cref="SecretRedaction.Mark"/> written in leaves the value as it is.</summary>
public sealed class RedactingResourceStore(IResourceStore inner) : IResourceStore
{
    public async ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => Redact(await inner.GetAsync(key, cancellationToken));

    public async ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken)
    {
        var list = await inner.ListAsync(query, cancellationToken);
        return query.Kind == Kinds.Secret ? list with { Items = [.. list.Items.Select(item => Redact(item))] } : list;
    }

    public async ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource =>
        Redact(await inner.CreateAsync(WithValues(resource, null), cancellationToken));

    public async ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource
    {
        if (resource is SecretResource)
            resource = WithValues(resource, (SecretResource?)await inner.GetAsync(ResourceKey.Of(resource), cancellationToken));
        return Redact(await inner.UpdateAsync(resource, cancellationToken));
    }

    public async ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource =>
        Redact(await inner.UpdateStatusAsync(resource, cancellationToken));

    public async ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
        Redact(await inner.DeleteAsync(key, preconditions, cancellationToken));

    public async IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in inner.WatchAsync(query, fromVersion, cancellationToken))
            yield return change with { Resource = Redact(change.Resource)! };
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(resource))]
    private static T? Redact<T>(T? resource) where T : Resource => resource is SecretResource secret ? (T)(Resource)SecretRedaction.Redact(secret) : resource;

    private static T WithValues<T>(T resource, SecretResource? old) where T : Resource
    {
        if (resource is not SecretResource secret)
            return resource;
        // Rules judge the values that will be stored.
        secret = SecretRedaction.Normalize(secret);
        var data = new Dictionary<string, string>(secret.Data);
        var errors = new List<FieldError>();
        foreach (var key in secret.Data.Where(entry => entry.Value == SecretRedaction.Mark).Select(entry => entry.Key))
        {
            if (old?.Data.TryGetValue(key, out var value) == true)
                data[key] = value;
            else
                errors.Add(new FieldError($"data[{key}]", null, "this is the mark of a hidden value, and there is no value yet that it could stand for: write the value itself."));
        }
        return errors.Count == 0 ? (T)(Resource)(secret with { Data = data }) : throw new InvalidResourceException(ResourceKey.Of(resource), errors);
    }
}
