using Ankole.Core;

namespace Ankole.Control;

/// <summary>What every controller of a host works with.</summary>
internal sealed record ControllerServices(
    IResourceStore Store, IVolumeEngine Engine, BackgroundWork Work, BackupstoreClients Clients, IEventRecorder Events, TimeProvider Time, HostOptions Host)
{
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>Whether trying the same again may help without anybody changing something.</summary>
    public static bool MayPass(Exception? error) => error is not AnkoleException { Kind: ErrorKind.InvalidInput or ErrorKind.NotFound or ErrorKind.Damaged or ErrorKind.Refused };

    /// <summary>Puts the finalizer and labels on; true when something was written, and then a change is on its way.</summary>
    public async ValueTask<bool> AdoptAsync<T>(T resource, IReadOnlyDictionary<string, string> labels, Func<T, ObjectMeta, T> with, CancellationToken cancellationToken)
        where T : Resource
    {
        if (IsAdopted(resource.Metadata, labels))
            return false;
        await Store.ChangeAsync<T>(ResourceKey.Of(resource), status: false, current =>
        {
            var metadata = current.Metadata;
            if (current.IsDeleting || IsAdopted(metadata, labels))
                return current;
            var merged = new Dictionary<string, string>(metadata.Labels);
            foreach (var (key, value) in labels)
                merged[key] = value;
            var finalizers = metadata.Finalizers.Contains(SystemNames.Finalizer) ? metadata.Finalizers : [.. metadata.Finalizers, SystemNames.Finalizer];
            return with(current, metadata with { Labels = merged, Finalizers = finalizers });
        }, cancellationToken);
        return true;
    }

    /// <summary>Lets a resource go that is being deleted.</summary>
    public async ValueTask ReleaseAsync<T>(T resource, Func<T, ObjectMeta, T> with, CancellationToken cancellationToken) where T : Resource =>
        await Store.ChangeAsync<T>(
            ResourceKey.Of(resource), status: false,
            current => current.Metadata.Uid == resource.Metadata.Uid && current.Metadata.Finalizers.Contains(SystemNames.Finalizer)
                ? with(current, current.Metadata with { Finalizers = [.. current.Metadata.Finalizers.Where(name => name != SystemNames.Finalizer)] })
                : current,
            cancellationToken);

    private static bool IsAdopted(ObjectMeta metadata, IReadOnlyDictionary<string, string> labels) =>
        metadata.Finalizers.Contains(SystemNames.Finalizer) && labels.All(label => metadata.Labels.GetValueOrDefault(label.Key) == label.Value);
}
