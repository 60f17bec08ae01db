using Ankole.Core;

namespace Ankole.Control;

/// <summary>Shows this host: that it lives, and how much room its disk has.</summary>
internal sealed class NodeReconciler(ControllerServices services) : IReconciler
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    public string Name => "node";

    public int MaxConcurrency => 1;

    public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.Node)];

    public static async Task EnsureAsync(IResourceStore store, string name, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Kinds.Node, name, cancellationToken) is not null)
            return;
        try
        {
            await store.CreateAsync(new NodeResource { Metadata = new ObjectMeta { Name = name }, Spec = new NodeSpec { AllowScheduling = true } }, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // Somebody was faster.
        }
    }

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (key.Name != services.Host.NodeName)
            return ReconcileResult.Done;
        await EnsureAsync(services.Store, key.Name, cancellationToken);
        if (await services.Store.GetAsync(Kinds.Node, key.Name, cancellationToken) is not { } node)
            return ReconcileResult.Done;
        // Its own heartbeat brings it back, too: then there is nothing to do until the next one.
        if (node.Status.HeartbeatAt is { } last && last + Heartbeat - services.Now is var left && left > TimeSpan.Zero && left <= Heartbeat && node.Status.Version == services.Host.Version)
            return ReconcileResult.After(left);
        var (scheduled, replicas) = (0L, 0);
        await foreach (var replica in services.Store.ListAsync(Kinds.Replica, null, cancellationToken))
            if (replica.Spec.NodeID == key.Name)
                (scheduled, replicas) = (scheduled + replica.Spec.SizeBytes, replicas + 1);
        var disk = new DriveInfo(services.Engine.ReplicaFolder);
        var problem = await Placement.CheckAsync(services, 0, cancellationToken);
        var devicesMissing = services.Engine.DevicesMissingBecause;
        await services.Store.ChangeAsync<NodeResource>(key, status: true, current => current with
        {
            Status = current.Status with
            {
                DataPath = services.Engine.ReplicaFolder, StorageMaximum = disk.TotalSize, StorageAvailable = disk.AvailableFreeSpace, StorageScheduled = scheduled,
                Replicas = replicas, AttachedVolumes = services.Engine.AttachedCount, Version = services.Host.Version, HeartbeatAt = services.Now,
                Conditions = current.Status.Conditions
                    .With(new Condition("Ready", Condition.True, "Running", ""), services.Now)
                    .With(problem is null
                        ? new Condition("Schedulable", Condition.True, "RoomLeft", "")
                        : new Condition("Schedulable", Condition.False, "NoRoom", problem), services.Now)
                    .With(devicesMissing.Length == 0
                        ? new Condition("KernelDevices", Condition.True, "Available", "")
                        : new Condition("KernelDevices", Condition.False, "Missing", devicesMissing), services.Now),
            },
        }, cancellationToken);
        return ReconcileResult.After(Heartbeat);
    }
}
