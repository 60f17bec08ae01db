namespace Ankole.Volumes;

/// <summary>One disk of a replica.</summary>
/// <param name="Name">The data file's name.</param>
/// <param name="Snapshot">Null for a head, and for a snapshot whose making was interrupted, which never came to be.</param>
/// <param name="Parent">The disk below, or empty.</param>
/// <param name="Children">The disks right above it.</param>
/// <param name="Created">RFC 3339, or empty.</param>
/// <param name="SizeBytes">Apparent size: the volume's size when the disk was made.</param>
/// <param name="AllocatedBytes">What it occupies.</param>
public sealed record DiskInspection(
    string Name, string? Snapshot, string Parent, IReadOnlyList<string> Children, bool Removed, bool UserCreated, string Created,
    IReadOnlyDictionary<string, string> Labels, long SizeBytes, long AllocatedBytes, bool IsInLiveChain)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsHead => DiskName.IsHead(Name);

    internal static DiskInspection Of(Disk disk, LoadedReplica loaded, List<string> chain) => new(
        disk.Name, loaded.IsUnborn(disk) ? null : disk.Snapshot, disk.Record.Parent, [.. loaded.Tree.ChildrenOf(disk.Name).Select(child => child.Name).Order(StringComparer.Ordinal)],
        disk.Record.Removed, disk.Record.UserCreated, disk.Record.Created,
        disk.Record.Labels ?? new Dictionary<string, string>(), disk.Data?.Length ?? 0, disk.Data?.AllocatedBytes ?? 0, chain.Contains(disk.Name));
}
