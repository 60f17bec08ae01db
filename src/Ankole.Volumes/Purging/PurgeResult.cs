namespace Ankole.Volumes;

/// <summary>What a purge did.</summary>
/// <param name="Deleted">Snapshots whose files are gone: nothing stood on them, or their blocks went into a neighbour.</param>
/// <param name="Pruned">The removed snapshot under the head that lost the blocks the head holds; it goes after the next snapshot.</param>
/// <param name="Waiting">Removed snapshots that stay for now, with the reason.</param>
/// <param name="FreedBytes">Disk space that the directory occupies less.</param>
public sealed record PurgeResult(
    IReadOnlyList<string> Deleted, IReadOnlyList<string> Pruned, IReadOnlyList<WaitingSnapshot> Waiting, long FreedBytes);

/// <summary>A removed snapshot that a purge left.</summary>
public sealed record WaitingSnapshot(string Name, string Reason);
