using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>What a person can do to a replica besides reading and writing: the replica itself does it, or the process that serves it.</summary>
public interface IReplicaCommands : IAsyncDisposable
{
    string DirectoryPath { get; }

    /// <summary>Freezes the head under a name and starts a new one. Every write completed before the call is in it, and durable.</summary>
    /// <param name="labels">Free form; null or empty for none.</param>
    /// <exception cref="AnkoleException">The name is invalid or taken, or a limit is reached; nothing was changed.</exception>
    Task SnapshotAsync(string name, IReadOnlyDictionary<string, string>? labels, CancellationToken cancellationToken);

    /// <summary>Makes the volume what it was at a snapshot. What was written since the newest snapshot is gone; the newer snapshots stay.</summary>
    Task RevertAsync(string snapshot, CancellationToken cancellationToken);

    /// <summary>Marks a snapshot as removed: it is not listed any more and a purge may free its space. Removing it twice is no error.</summary>
    Task RemoveAsync(string snapshot, CancellationToken cancellationToken);

    /// <summary>Frees what only removed and system snapshots hold, beside live reads and writes. Interrupted anywhere, it is run again.</summary>
    Task<PurgeResult> PurgeAsync(IProgress<OperationProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Makes the volume larger, by way of a system snapshot. NBD clients see the new size when they connect again.</summary>
    Task ExpandAsync(long sizeBytes, CancellationToken cancellationToken);

    Task<ReplicaInspection> InspectAsync(CancellationToken cancellationToken);
}
