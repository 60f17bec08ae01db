using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>What the deletion of a backup would free: counted as the deletion itself counts, changing nothing.</summary>
public sealed class DeletionPreview : IAsyncDisposable
{
    private readonly IResourceStore store;
    private readonly BackupstoreClients clients;

    /// <param name="store">With the values of Secrets in clear.</param>
    /// <param name="objectStores">Null: the real ones.</param>
    public DeletionPreview(IResourceStore store, HostOptions host, TimeProvider time, IObjectStoreFactory? objectStores = null)
    {
        this.store = store;
        clients = new BackupstoreClients(store, objectStores ?? new ObjectStoreFactory(new ObjectStoreOptions { Time = time }), host, time);
    }

    /// <param name="backup">The Backup resource's name.</param>
    /// <exception cref="AnkoleException">There is no such backup, or its target does not answer.</exception>
    public async Task<DeletionReport> PreviewAsync(string backup, CancellationToken cancellationToken)
    {
        var resource = await store.GetAsync(Kinds.Backup, backup, cancellationToken)
            ?? throw new ResourceNotFoundException(new ResourceKey(Kinds.Backup, null, backup));
        var volume = resource.Status.VolumeName.Length > 0 ? resource.Status.VolumeName : resource.Spec.VolumeName;
        var target = resource.Status.BackupTargetName.Length > 0 ? resource.Status.BackupTargetName : resource.Spec.BackupTargetName;
        await using var lease = await clients.OpenAsync(target, cancellationToken);
        return await lease.Store.DeleteBackupAsync(volume, resource.StoredName(), dryRun: true, null, cancellationToken);
    }

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
