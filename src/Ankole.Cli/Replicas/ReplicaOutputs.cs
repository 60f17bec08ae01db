using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

/// <summary>A change to a replica that was made.</summary>
internal sealed record ReplicaChangeOutput(string Directory, string Change, string? Snapshot, long? SizeBytes);

internal sealed record SnapshotListOutput(string Directory, IReadOnlyList<SnapshotOutput> Snapshots);

/// <param name="SizeBytes">What its file occupies.</param>
/// <param name="Parent">The snapshot below, or empty.</param>
internal sealed record SnapshotOutput(
    string Name, string Parent, string CreatedAt, bool IsUserCreated, bool IsRemoved, bool IsInLiveChain, long SizeBytes,
    IReadOnlyDictionary<string, string> Labels)
{
    public static SnapshotOutput Of(DiskInspection disk, IReadOnlyList<DiskInspection> disks) => new(
        disk.Snapshot!, disks.FirstOrDefault(other => other.Name == disk.Parent)?.Snapshot ?? "", disk.Created, disk.UserCreated, disk.Removed,
        disk.IsInLiveChain, disk.AllocatedBytes, disk.Labels);
}

internal sealed record ExportDoneOutput(string Source, string Destination, long SizeBytes);

internal sealed record ImportDoneOutput(string Source, string Directory, long SizeBytes, long BytesWritten);
