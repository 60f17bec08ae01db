namespace Ankole.Volumes;

public sealed partial class Replica
{
    /// <summary>Names of the live chain's snapshots, newest first; those that <see cref="CanTellChangesSince"/>.</summary>
    public IReadOnlyList<string> LiveSnapshots =>
        [.. Volatile.Read(ref chain).Layers.Reverse().Select(layer => DiskName.SnapshotOf(layer.Disk)).OfType<string>()];
}
