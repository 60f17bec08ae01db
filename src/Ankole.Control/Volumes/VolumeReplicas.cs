using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>Finds and makes the Replica resource of a volume. One host keeps one copy.</summary>
internal static class VolumeReplicas
{
    public static async ValueTask<ReplicaResource?> FindAsync(IResourceStore store, string volume, CancellationToken cancellationToken)
    {
        await foreach (var replica in store.ListAsync(Kinds.Replica, query => query with { Labels = LabelSelector.Of(SystemNames.VolumeLabel, volume) }, cancellationToken))
            return replica;
        return null;
    }

    /// <summary>A name that comes out the same after a restart, so that nothing is made twice.</summary>
    public static string DirectoryNameFor(VolumeResource volume) => $"{volume.Name}-{StoreNames.Hash(volume.Metadata.Uid ?? volume.Name)}";

    public static async ValueTask<ReplicaResource> CreateAsync(ControllerServices services, VolumeResource volume, CancellationToken cancellationToken)
    {
        var name = DirectoryNameFor(volume);
        var replica = new ReplicaResource
        {
            Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = volume.Name } },
            Spec = new ReplicaSpec
            {
                VolumeName = volume.Name, NodeID = services.Host.NodeName, DiskPath = services.Engine.ReplicaFolder, DataDirectoryName = name,
                Size = RoundedSize(volume.Spec).ToString(),
            },
        };
        try
        {
            return await services.Store.CreateAsync(replica, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            return await services.Store.GetAsync(Kinds.Replica, name, cancellationToken) ?? throw new ResourceNotFoundException(ResourceKey.Of(replica));
        }
    }

    public static long RoundedSize(VolumeSpec spec) => ByteRange.RoundUp(Math.Max(spec.SizeBytes, 1), Replica.SizeMultiple);

    /// <summary>From now on a missing directory is a loss, and never made again as an empty one.</summary>
    public static async ValueTask MarkHealthyAsync(ControllerServices services, ReplicaResource replica, long sizeBytes, CancellationToken cancellationToken)
    {
        await services.Store.ChangeAsync<ReplicaResource>(
            ResourceKey.Of(replica), status: false,
            current => current.Spec.SizeBytes == sizeBytes ? current : current with { Spec = current.Spec with { Size = sizeBytes.ToString() } }, cancellationToken);
        await services.Store.ChangeAsync<ReplicaResource>(
            ResourceKey.Of(replica), status: true,
            current => current.Status.HealthyAt is not null && current.Status.FailedAt is null
                ? current
                : current with { Status = current.Status with { State = "stopped", HealthyAt = services.Now, FailedAt = null } },
            cancellationToken);
    }
}
