using Ankole.Core;

namespace Ankole.Control;

/// <summary>Whether this host's disk takes another replica, or a larger one (Longhorn's two rules).</summary>
internal static class Placement
{
    /// <param name="addedBytes">The new replica's size, or what it grows by.</param>
    /// <returns>Null when it may; otherwise why not and what to do.</returns>
    public static async ValueTask<string?> CheckAsync(ControllerServices services, long addedBytes, CancellationToken cancellationToken)
    {
        var store = services.Store;
        if (await store.GetAsync(Kinds.Node, services.Host.NodeName, cancellationToken) is { Spec.AllowScheduling: false })
            return $"node '{services.Host.NodeName}' takes no new replicas: set its spec.allowScheduling to true.";
        var disk = new DriveInfo(services.Engine.ReplicaFolder);
        var scheduled = 0L;
        await foreach (var replica in store.ListAsync(Kinds.Replica, null, cancellationToken))
            scheduled += replica.Spec.NodeID == services.Host.NodeName ? replica.Spec.SizeBytes : 0;
        var minimalFree = await store.ReadIntegerAsync(SettingCatalog.StorageMinimalAvailablePercentage, cancellationToken);
        if (disk.AvailableFreeSpace <= disk.TotalSize / 100.0 * minimalFree)
            return $"'{services.Engine.ReplicaFolder}' has {ByteSize.Format(disk.AvailableFreeSpace)} free of {ByteSize.Format(disk.TotalSize)}, " +
                $"less than the {minimalFree} % that must stay free (setting storage-minimal-available-percentage). Free some space.";
        var percent = await store.ReadIntegerAsync(SettingCatalog.StorageOverProvisioningPercentage, cancellationToken);
        var allowed = disk.TotalSize / 100.0 * percent;
        return scheduled + addedBytes <= allowed
            ? null
            : $"replicas of {ByteSize.Format(scheduled)} are on '{services.Engine.ReplicaFolder}' already; {ByteSize.Format(addedBytes)} more would exceed " +
              $"{percent} % of its {ByteSize.Format(disk.TotalSize)} (setting storage-over-provisioning-percentage).";
    }
}
