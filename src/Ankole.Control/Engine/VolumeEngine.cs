using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Files;
using Ankole.Volumes;

namespace Ankole.Control;

/// <inheritdoc cref="IVolumeEngine"/>
/// <remarks>
/// Below the data folder: <c>replicas/NAME-xxxxxxxx/</c> one directory per replica, <c>replicas/.deleted-…</c> what a deletion had begun to remove,
/// <c>sockets/NAME.sock</c> one NBD socket per attached volume.
/// </remarks>
internal sealed class VolumeEngine : IVolumeEngine
{
    private const string DeletedPrefix = ".deleted-";

    private readonly string socketFolder;
    private readonly IKernelDevices devices;
    private readonly TimeProvider time;
    private readonly ReplicaPool pool = new();
    private readonly ConcurrentDictionary<string, Slot> slots = new(StringComparer.Ordinal);

    public VolumeEngine(string dataFolder, IKernelDevices devices, TimeProvider time)
    {
        ReplicaFolder = ReplicaFolderOf(dataFolder);
        socketFolder = Path.Combine(Path.GetFullPath(dataFolder), "sockets");
        this.devices = devices;
        this.time = time;
        DurableDirectory.Create(ReplicaFolder);
        DurableDirectory.Create(socketFolder);
        File.SetUnixFileMode(socketFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var left in Directory.EnumerateDirectories(ReplicaFolder, DeletedPrefix + "*"))
            Directory.Delete(left, recursive: true);
    }

    public string ReplicaFolder { get; }

    public static string ReplicaFolderOf(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), "replicas");

    public int AttachedCount => slots.Values.Count(slot => slot.Export is not null);

    public string DevicesMissingBecause => devices.MissingBecause;

    public IReadOnlyCollection<string> DevicesLeft => devices.Left;

    public bool HasReplica(string directory) => File.Exists(Path.Combine(PathOf(directory), "volume.meta"));

    public IReadOnlyList<string> ListReplicas() =>
        [.. Directory.EnumerateDirectories(ReplicaFolder).Select(path => Path.GetFileName(path)!).Where(name => name[0] != '.' && HasReplica(name)).Order(StringComparer.Ordinal)];

    public async Task CreateReplicaAsync(string directory, long sizeBytes, CancellationToken cancellationToken)
    {
        if (!HasReplica(directory))
            await Replica.CreateAsync(PathOf(directory), sizeBytes, Options(default), cancellationToken);
    }

    public async Task DeleteReplicaAsync(string directory, CancellationToken cancellationToken)
    {
        var path = PathOf(directory);
        if (!Directory.Exists(path))
            return;
        if (pool.IsOpen(path))
            throw new AnkoleException(ErrorKind.Busy, $"replica '{path}' is still in use. It is deleted when that has ended.");
        // Renamed first: half a replica must never be met under its own name.
        var doomed = Path.Combine(ReplicaFolder, DeletedPrefix + directory);
        await Task.Run(
            () =>
            {
                if (Directory.Exists(doomed))
                    Directory.Delete(doomed, recursive: true);
                DurableFile.Rename(path, doomed);
                Directory.Delete(doomed, recursive: true);
            },
            cancellationToken);
    }

    public async Task<ReplicaInspection> InspectAsync(string directory, CancellationToken cancellationToken)
    {
        var path = PathOf(directory);
        if (pool.IsOpen(path))
        {
            await using var lease = await pool.AcquireAsync(path, Options(default), cancellationToken);
            return await lease.Replica.InspectAsync(cancellationToken);
        }
        return await Task.Run(() => ReplicaReader.Open(path, Options(default)).Inspect(), cancellationToken);
    }

    public Task<ReplicaLease> OpenAsync(string directory, ReplicaLimits limits, CancellationToken cancellationToken) =>
        pool.AcquireAsync(PathOf(directory), Options(limits), cancellationToken);

    public async Task<ISnapshotSource> OpenSnapshotAsync(string directory, string snapshot, CancellationToken cancellationToken)
    {
        var path = PathOf(directory);
        if (pool.IsOpen(path))
        {
            await using var lease = await pool.AcquireAsync(path, Options(default), cancellationToken);
            return await lease.Replica.OpenSnapshotAsync(snapshot, cancellationToken);
        }
        return await Task.Run(() => ReplicaReader.Open(path, Options(default)).OpenSnapshot(snapshot), cancellationToken);
    }

    public AttachedVolume? FindAttached(string volume) => slots.GetValueOrDefault(volume)?.Export?.Describe();

    public async Task<AttachedVolume> AttachAsync(
        string volume, string directory, ReplicaLimits limits, bool withFrontend, CancellationToken cancellationToken)
    {
        var slot = slots.GetOrAdd(volume, _ => new Slot());
        await slot.Turn.WaitAsync(cancellationToken);
        try
        {
            if (slot.Holds > 0)
                throw new AnkoleException(ErrorKind.Busy, $"volume '{volume}' is detached for an operation. It is attached when that has ended.");
            slot.Export ??= new VolumeExport(volume, directory, await OpenAsync(directory, limits, cancellationToken));
            if (withFrontend && !slot.Export.HasFrontend)
                await slot.Export.ServeAsync(PathOf(directory), SocketPath.Of(socketFolder, volume), devices, time, cancellationToken);
            return slot.Export.Describe();
        }
        catch when (slot.Export is { HasFrontend: false } half && withFrontend)
        {
            slot.Export = null;
            await half.DisposeAsync();
            throw;
        }
        finally
        {
            slot.Turn.Release();
        }
    }

    public async Task DetachAsync(string volume, CancellationToken cancellationToken)
    {
        if (!slots.ContainsKey(volume) && !devices.Left.Contains(volume))
            return;
        var slot = slots.GetOrAdd(volume, _ => new Slot());
        await slot.Turn.WaitAsync(cancellationToken);
        try
        {
            await devices.DisconnectAsync(volume, cancellationToken);
            if (slot.Export is not { } export)
                return;
            await export.DisposeAsync();
            slot.Export = null;
        }
        finally
        {
            slot.Turn.Release();
        }
    }

    public async Task ShowSizeAsync(string volume, long sizeBytes, CancellationToken cancellationToken) =>
        await devices.ResizeAsync(volume, sizeBytes, cancellationToken);

    public IDisposable? TryHoldDetached(string volume)
    {
        var slot = slots.GetOrAdd(volume, _ => new Slot());
        if (!slot.Turn.Wait(0))
            return null;
        try
        {
            if (slot.Export is not null || devices.Left.Contains(volume))
                return null;
            slot.Holds++;
            return new Hold(slot);
        }
        finally
        {
            slot.Turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (volume, slot) in slots)
        {
            await slot.Turn.WaitAsync();
            if (slot.Export is { } export)
            {
                if (await devices.LeaveAsync(volume))
                    await export.DropAsync();
                else
                    await export.DisposeAsync();
                slot.Export = null;
            }
            slot.Turn.Release();
        }
        await devices.DisposeAsync();
    }

    private string PathOf(string directory) => directory.Length > 0 && directory[0] != '.' && !directory.Contains('/', StringComparison.Ordinal)
        ? Path.Combine(ReplicaFolder, directory)
        : throw new InvalidInputException($"'{directory}' is no name of a replica directory.");

    private ReplicaOptions Options(ReplicaLimits limits) => new()
    {
        Clock = time, SnapshotMaxCount = limits.SnapshotMaxCount == 0 ? 250 : limits.SnapshotMaxCount, SnapshotMaxSizeBytes = limits.SnapshotMaxSizeBytes,
    };

    /// <summary>One volume's place, kept for the process's life: a few dozen bytes.</summary>
    private sealed class Slot
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        public VolumeExport? Export { get; set; }

        /// <summary>Operations that need it detached. Guarded by the turn when it grows.</summary>
        public int Holds;
    }

    private sealed class Hold(Slot slot) : IDisposable
    {
        private bool released;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref released, true))
                Interlocked.Decrement(ref slot.Holds);
        }
    }
}
