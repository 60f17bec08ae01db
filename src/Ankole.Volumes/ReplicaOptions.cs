using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Volumes;

/// <summary>How a replica directory is opened.</summary>
public sealed class ReplicaOptions
{
    /// <summary>Opens a replica that says its data is incomplete. What it serves may be wrong.</summary>
    public bool AllowRebuilding { get; init; }

    /// <summary>Snapshots that are not marked removed, on all branches; 2 … 250 (Longhorn replica format, section 12).</summary>
    public int SnapshotMaxCount { get; init; } = 250;

    /// <summary>What the snapshots of the chain and the head may occupy together before a new snapshot is refused; 0: anything.</summary>
    public long SnapshotMaxSizeBytes { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The directory itself; tests put one here that loses power.</summary>
    internal Func<string, IReplicaFiles> OpenFiles { get; init; } = static directory => new ReplicaFiles(directory);
}
