using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Volumes;

/// <summary>What goes with a volume, and what stays.</summary>
internal static class VolumeLoss
{
    /// <summary>Names listed one by one; more are counted.</summary>
    private const int MaxNames = 10;

    public static async Task<Loss> ForeseeAsync(ServerSession server, VolumeResource volume, CancellationToken cancellationToken)
    {
        var snapshots = await NamesAsync(server, Kinds.Snapshot, "spec.volume", volume.Name, cancellationToken);
        var replicas = await NamesAsync(server, Kinds.Replica, "spec.volumeName", volume.Name, cancellationToken);
        var backups = await NamesAsync(server, Kinds.Backup, "spec.volumeName", volume.Name, cancellationToken);
        var goes = new List<string>();
        if (volume.Status.Endpoint.Length > 0)
            goes.Add($"the device at {volume.Status.Endpoint}, from under whoever uses it");
        if (snapshots.Count > 0)
            goes.Add($"{snapshots.Count} {(snapshots.Count == 1 ? "snapshot" : "snapshots")}: {Listed(snapshots)}");
        if (replicas.Count > 0)
            goes.Add($"{replicas.Count} {(replicas.Count == 1 ? "replica" : "replicas")}: {Listed(replicas)}");
        var stays = backups.Count == 0 ? [] : new List<string> { $"{backups.Count} {(backups.Count == 1 ? "backup" : "backups")}: {Listed(backups)}" };
        if (backups.Count == 0)
            goes.Add("every copy of its bytes that this server knows: it has no backup");
        return new Loss(goes, stays, volume.Status.ActualSize);
    }

    private static async Task<List<string>> NamesAsync(ServerSession server, ResourceKind kind, string field, string volume, CancellationToken cancellationToken)
    {
        var items = await ListCommand.ReadAllAsync(server, new ResourceQuery(kind) { Fields = [new FieldRequirement(field, volume)] }, cancellationToken);
        return [.. items.Select(item => item.Name)];
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(MaxNames)) + (names.Count > MaxNames ? $" and {names.Count - MaxNames} more" : "");
}
