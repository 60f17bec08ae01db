using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>Makes the Snapshot resources of a volume show what its chain holds.</summary>
internal sealed class SnapshotMirror(IResourceStore store, TimeProvider time)
{
    /// <summary>Longhorn's default of snapshot-count-warning-threshold.</summary>
    public const int WarningThreshold = 100;

    /// <summary>On a mirrored Snapshot whose name in the chain is another volume's Snapshot's already, or no name of a resource.</summary>
    private const string ChainNameAnnotation = "ankole.io/snapshot-name";

    private const string Head = "volume-head";

    public static IAsyncEnumerable<SnapshotResource> ListAsync(IResourceStore store, string volume, CancellationToken cancellationToken) =>
        store.ListAsync(Kinds.Snapshot, query => query with { Fields = [new FieldRequirement("spec.volume", volume)] }, cancellationToken);

    /// <summary>What the snapshot is called in the chain.</summary>
    public static string ChainNameOf(SnapshotResource snapshot) => snapshot.Metadata.Annotations.GetValueOrDefault(ChainNameAnnotation, snapshot.Name);

    /// <summary>The name in the chain for a name that a person gave: the resource's, where there is one of this volume.</summary>
    public static async ValueTask<string> ResolveAsync(IResourceStore store, string volume, string name, CancellationToken cancellationToken) =>
        await store.GetAsync(Kinds.Snapshot, name, cancellationToken) is { } resource && resource.Spec.Volume == volume ? ChainNameOf(resource) : name;

    /// <summary>
    /// The resources are read before the chain: what they show then and the chain lacks afterwards is gone, and what the chain has and they lacked is
    /// not one that was just deleted.
    /// </summary>
    public async Task<ReplicaInspection> SyncAsync(string volume, Func<CancellationToken, Task<ReplicaInspection>> inspect, CancellationToken cancellationToken)
    {
        var resources = new List<SnapshotResource>();
        await foreach (var resource in ListAsync(store, volume, cancellationToken))
            resources.Add(resource);
        var inspection = await inspect(cancellationToken);
        var disks = inspection.Disks.Where(disk => disk is { Snapshot: not null, Removed: false }).ToDictionary(disk => disk.Snapshot!, StringComparer.Ordinal);
        var names = inspection.Disks.Where(disk => disk.Snapshot is not null).ToDictionary(disk => disk.Name, disk => disk.Snapshot!, StringComparer.Ordinal);
        var mirrored = new HashSet<string>(StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            var name = ChainNameOf(resource);
            mirrored.Add(name);
            if (disks.TryGetValue(name, out var disk))
                await ShowAsync(resource, disk, names, cancellationToken);
            else
                await ShowGoneAsync(resource, cancellationToken);
        }
        foreach (var (name, disk) in disks.Where(pair => !mirrored.Contains(pair.Key)))
            if (await CreateAsync(volume, name, disk, cancellationToken) is { } created)
                await ShowAsync(created, disk, names, cancellationToken);
        return inspection;
    }

    private async Task ShowAsync(SnapshotResource resource, DiskInspection disk, Dictionary<string, string> names, CancellationToken cancellationToken)
    {
        var children = disk.Children.Select(child => names.GetValueOrDefault(child, Head)).Distinct().ToArray();
        var parent = names.GetValueOrDefault(disk.Parent, "");
        await store.ChangeAsync<SnapshotResource>(ResourceKey.Of(resource), status: true, current =>
        {
            var status = current.Status;
            if (status.ReadyToUse && status.Parent == parent && status.Children.SequenceEqual(children) && status.Size == disk.AllocatedBytes
                && status.RestoreSize == disk.SizeBytes && status.Error.Length == 0)
                return current;
            return current with
            {
                Status = status with
                {
                    Parent = parent, Children = children, UserCreated = disk.UserCreated, Size = disk.AllocatedBytes, RestoreSize = disk.SizeBytes, Error = "",
                    CreationTime = DateTimeOffset.TryParse(disk.Created, out var created) ? created : status.CreationTime ?? time.GetUtcNow(), ReadyToUse = true,
                    ObservedGeneration = current.Metadata.Generation,
                },
            };
        }, cancellationToken);
    }

    /// <summary>One that was asked for and not made yet is not gone; one that was only found goes with what it showed.</summary>
    private async Task ShowGoneAsync(SnapshotResource resource, CancellationToken cancellationToken)
    {
        if (resource.IsDeleting || resource.Status.CreationTime is null)
            return;
        if (!resource.Spec.CreateSnapshot)
        {
            await store.DeleteAsync(ResourceKey.Of(resource), null, cancellationToken);
            return;
        }
        await store.ChangeAsync<SnapshotResource>(ResourceKey.Of(resource), status: true, current => !current.Status.ReadyToUse
            ? current
            : current with { Status = current.Status with { ReadyToUse = false, Error = "the snapshot is not in the volume any more: something else removed it." } }, cancellationToken);
    }

    private async Task<SnapshotResource?> CreateAsync(string volume, string name, DiskInspection disk, CancellationToken cancellationToken)
    {
        var resource = new SnapshotResource
        {
            Metadata = new ObjectMeta
            {
                Name = name, Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = StoreNames.LabelValue(volume) }, Finalizers = [SystemNames.Finalizer],
            },
            Spec = new SnapshotSpec { Volume = volume, CreateSnapshot = false, Labels = disk.Labels },
        };
        var apart = resource with
        {
            Metadata = resource.Metadata with
            {
                Name = $"{volume}-{StoreNames.Hash($"{volume}/{name}")}", Annotations = new Dictionary<string, string> { [ChainNameAnnotation] = name },
            },
        };
        foreach (var attempt in MetadataRules.IsName(name) ? (SnapshotResource[])[resource, apart] : [apart])
        {
            try
            {
                return await store.CreateAsync(attempt, cancellationToken);
            }
            catch (ResourceExistsException)
            {
                // This volume's own was made meanwhile; or another volume's snapshot has the name, and the next one is this volume's alone.
                if (await store.GetAsync(Kinds.Snapshot, attempt.Name, cancellationToken) is not { } taken || taken.Spec.Volume == volume)
                    return null;
            }
        }
        return null;
    }
}
