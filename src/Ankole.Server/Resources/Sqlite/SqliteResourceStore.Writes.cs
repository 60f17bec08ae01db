using Ankole.Control;

namespace Ankole.Server;

public sealed partial class SqliteResourceStore
{
    /// <summary>Generated names are drawn this often until a free one is found; of 60 million, that is enough.</summary>
    private const int NameAttempts = 8;

    public ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource =>
        writer.WriteAsync(session => Create(session, resource), cancellationToken);

    public ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource =>
        writer.WriteAsync(session => Update(session, resource), cancellationToken);

    public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource =>
        writer.WriteAsync(session => UpdateStatus(session, resource), cancellationToken);

    public ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
        writer.WriteAsync(session => Delete(session, InScope(key), preconditions), cancellationToken);

    private T Create<T>(SqliteSession session, T resource) where T : Resource
    {
        var kind = ResourceKey.Of(resource).Kind;
        for (var attempt = 1; ; attempt++)
        {
            var created = ResourceWrites.New(kind, resource, time.GetUtcNow());
            var key = ResourceKey.Of(created);
            if (revisions.Current(session, key) is null)
            {
                created = revisions.Insert(session, key, created, previous: null);
                Changed(key);
                CheckOwners(session, created);
                return created;
            }
            if (resource.Name.Length > 0 || attempt == NameAttempts)
                throw new ResourceExistsException(key);
        }
    }

    private T Update<T>(SqliteSession session, T resource) where T : Resource
    {
        var (key, old) = Read(session, resource);
        var updated = ResourceWrites.Updated(key.Kind, old.Resource, resource);
        if (updated.IsDeleting && updated.Metadata.Finalizers.Except(old.Resource.Metadata.Finalizers).FirstOrDefault() is { } added)
            throw new InvalidResourceException(key, [new FieldError("metadata.finalizers", added, "it is being deleted: finalizers can only be taken off.", FieldErrorKind.Forbidden)]);
        if (updated is { IsDeleting: true, Metadata.Finalizers.Count: 0 })
            return (T)Remove(session, key, updated, old.Version);
        CheckOwners(session, updated);
        return (T)Replace(session, key, old, updated);
    }

    private T UpdateStatus<T>(SqliteSession session, T resource) where T : Resource
    {
        var (key, old) = Read(session, resource);
        if (!key.Kind.HasStatus)
            throw new ArgumentException($"{key.Kind} has no status", nameof(resource));
        return (T)Replace(session, key, old, ResourceWrites.StatusUpdated(key.Kind, old.Resource, resource));
    }

    private Resource? Delete(SqliteSession session, ResourceKey key, DeletePreconditions? preconditions)
    {
        if (revisions.Current(session, key) is not { } old)
            return null;
        CheckVersion(key, old, preconditions?.ResourceVersion, preconditions?.Uid);
        if (old.Resource.Metadata.Finalizers.Count == 0)
            return Remove(session, key, old.Resource, old.Version);
        return old.Resource.IsDeleting ? old.Resource : Replace(session, key, old, ResourceWrites.MarkedDeleted(old.Resource, time.GetUtcNow()));
    }

    private (ResourceKey Key, Revision Old) Read(SqliteSession session, Resource resource)
    {
        var key = InScope(ResourceKey.Of(resource));
        var old = revisions.Current(session, key) ?? throw new ResourceNotFoundException(key);
        CheckVersion(key, old, resource.Metadata.ResourceVersion, resource.Metadata.Uid);
        return (key, old);
    }

    private Resource Replace(SqliteSession session, ResourceKey key, Revision old, Resource updated)
    {
        if (ReferenceEquals(updated, old.Resource))
            return updated;
        Changed(key);
        return revisions.Insert(session, key, updated, old.Version);
    }

    private Resource Remove(SqliteSession session, ResourceKey key, Resource last, long version)
    {
        Changed(key);
        var uid = last.Metadata.Uid!;
        if (RevisionTable.OwnsAnything(session, uid))
            collector.OwnerGone(uid);
        return RevisionTable.Delete(session, key, last, version);
    }

    private static void CheckVersion(ResourceKey key, Revision stored, string? version, string? uid)
    {
        if (version is { Length: > 0 } && version != stored.Resource.Metadata.ResourceVersion)
            throw new ResourceConflictException(key, $"it is at version {stored.Version} and no longer at {version}");
        if (uid is { Length: > 0 } && uid != stored.Resource.Metadata.Uid)
            throw new ResourceConflictException(key, $"its uid is {stored.Resource.Metadata.Uid} and not {uid}: it was deleted and made again");
    }

    private static ResourceKey InScope(ResourceKey key) => key with { Namespace = ResourceWrites.NamespaceOf(key.Kind, new ObjectMeta { Namespace = key.Namespace }) };

    private void Changed(ResourceKey key) => changedKinds.Add(RevisionTable.KeyOf(key.Kind));
}
