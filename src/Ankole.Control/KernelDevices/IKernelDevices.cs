namespace Ankole.Control;

/// <summary>Gives attached volumes block devices of their host's kernel. All members may be called at the same time, for different volumes.</summary>
internal interface IKernelDevices : IAsyncDisposable
{
    /// <summary>Why a volume attached now would get no device; empty when it would.</summary>
    string MissingBecause { get; }

    /// <summary>Volumes whose devices were connected by an earlier process, which ended without disconnecting them, and are not connected again yet.</summary>
    IReadOnlyCollection<string> Left { get; }

    /// <summary>
    /// A device for the export, or why there is none. Where an earlier process left one for the same replica, that one goes on: what is mounted from it stays
    /// mounted.
    /// </summary>
    /// <param name="replicaPath">Says which bytes these are: a volume that is made anew under an old name has another one.</param>
    ValueTask<KernelDevice> ConnectAsync(string volume, string replicaPath, string socketPath, CancellationToken cancellationToken);

    /// <summary>Flushes the device and takes it away; without one it does nothing.</summary>
    /// <exception cref="Core.AnkoleException">Busy: somebody uses it; the message says who, and nothing was changed.</exception>
    ValueTask DisconnectAsync(string volume, CancellationToken cancellationToken);

    /// <summary>
    /// For a process that ends: as <see cref="DisconnectAsync"/>, but a device in use stays. What is asked of it then waits for the next process to serve it.
    /// </summary>
    /// <returns>True when it stays.</returns>
    ValueTask<bool> LeaveAsync(string volume);

    /// <summary>Tells the kernel that the volume has grown; without a device it does nothing.</summary>
    ValueTask ResizeAsync(string volume, long sizeBytes, CancellationToken cancellationToken);
}

/// <param name="Path">What to use: the stable link, or the device itself where a link could not be made. Empty when there is none.</param>
/// <param name="Remark">With a device: what it is. Without one: why.</param>
internal readonly record struct KernelDevice(string Path, string Remark);
