using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>
/// What a host does with volume bytes: keeps replica directories, serves them, reads their snapshots. It knows no resources; a replica is named by its
/// directory's name below the host's data folder.
/// </summary>
/// <remarks>All members may be called at the same time. Nothing is remembered over a restart: reconcilers attach again what was attached.</remarks>
internal interface IVolumeEngine : IAsyncDisposable
{
    /// <summary>The folder that replica directories are in.</summary>
    string ReplicaFolder { get; }

    /// <summary>True when the directory holds a complete replica.</summary>
    bool HasReplica(string directory);

    /// <summary>Names of all directories that hold a replica.</summary>
    IReadOnlyList<string> ListReplicas();

    /// <summary>Makes an empty replica; one that exists already with the same size is left as it is.</summary>
    Task CreateReplicaAsync(string directory, long sizeBytes, CancellationToken cancellationToken);

    /// <summary>Removes the directory with all it holds; a missing one is no error. Nobody may have it open.</summary>
    Task DeleteReplicaAsync(string directory, CancellationToken cancellationToken);

    /// <summary>What the directory holds, whether it is open or not.</summary>
    /// <exception cref="AnkoleException">It is no replica, or is damaged.</exception>
    Task<ReplicaInspection> InspectAsync(string directory, CancellationToken cancellationToken);

    /// <summary>The replica for reading, writing and commands, beside whatever else uses it.</summary>
    Task<ReplicaLease> OpenAsync(string directory, ReplicaLimits limits, CancellationToken cancellationToken);

    /// <summary>The bytes at a snapshot, to be read beside everything else; needs no open replica.</summary>
    Task<ISnapshotSource> OpenSnapshotAsync(string directory, string snapshot, CancellationToken cancellationToken);

    /// <summary>Null when the volume is not attached.</summary>
    AttachedVolume? FindAttached(string volume);

    int AttachedCount { get; }

    /// <summary>Why volumes get no block devices here; empty when they do.</summary>
    string DevicesMissingBecause { get; }

    /// <summary>Volumes with a block device that an earlier process left and nobody serves. One that is attached is served again; detached, it goes.</summary>
    IReadOnlyCollection<string> DevicesLeft { get; }

    /// <summary>Opens the replica and, with a frontend, serves it under the volume's name. Attached already, it only adds a missing frontend.</summary>
    Task<AttachedVolume> AttachAsync(string volume, string directory, ReplicaLimits limits, bool withFrontend, CancellationToken cancellationToken);

    /// <summary>Lets requests in flight finish, disconnects clients, flushes and closes. A volume that is not attached is no error.</summary>
    /// <exception cref="AnkoleException">Busy: its block device is in use; it stays attached.</exception>
    Task DetachAsync(string volume, CancellationToken cancellationToken);

    /// <summary>Tells whoever uses the volume's block device that it has grown; without one it does nothing.</summary>
    Task ShowSizeAsync(string volume, long sizeBytes, CancellationToken cancellationToken);

    /// <summary>Keeps a detached volume from being attached until the result is disposed; null when it is attached, or was when an earlier process ended and its block device is left.</summary>
    IDisposable? TryHoldDetached(string volume);
}

/// <summary>What a volume's spec says about its snapshots.</summary>
/// <param name="SnapshotMaxSizeBytes">0: no limit.</param>
internal readonly record struct ReplicaLimits(int SnapshotMaxCount, long SnapshotMaxSizeBytes)
{
    public static ReplicaLimits Of(VolumeSpec spec) => new(
        spec.SnapshotMaxCount is >= 2 and <= 250 ? spec.SnapshotMaxCount : 250, ByteSize.TryParse(spec.SnapshotMaxSize, out var size) ? size : 0);
}

/// <summary>A volume as it is attached now.</summary>
/// <param name="Endpoint">An NBD URI, or empty without a frontend.</param>
/// <param name="DevicePath">A block device, or empty where the kernel serves none.</param>
/// <param name="DeviceRemark">With a block device: where it leads. Without one: why.</param>
internal sealed record AttachedVolume(string Volume, string Directory, string Endpoint, string DevicePath, string DeviceRemark, Func<int> CountClients)
{
    public bool HasFrontend => Endpoint.Length > 0;
}
