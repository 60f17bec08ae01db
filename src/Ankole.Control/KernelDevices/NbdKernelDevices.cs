using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Files;
using Ankole.Nbd;
using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>
/// Devices of the kernel's NBD client, one per attached volume, with a stable link. A device's life:
/// <list type="number">
/// <item>connected to the volume's own socket; the kernel chooses N and keeps, as the device's backend, whose it is;</item>
/// <item>a connection that dies is made again, and what was asked of the device meanwhile is asked again by the kernel;</item>
/// <item>this process ends: a device that is in use stays, without a connection; what is asked of it waits;</item>
/// <item>the next process finds it by its backend and connects it again, under what is mounted from it;</item>
/// <item>detached: only when nobody uses it. It is held exclusively meanwhile, flushed, and then disconnected.</item>
/// </list>
/// </summary>
internal sealed partial class NbdKernelDevices : IKernelDevices
{
    /// <summary>
    /// One: then a request is sent again only when its connection has died. With several connections the kernel also sends a request again that merely took
    /// longer than 30 s, and a write that was slow, not lost, could overtake a later one.
    /// </summary>
    private const int Connections = 1;

    /// <summary>Of the kernel's requests. 512 lets in file systems and partition tables made for any sector size.</summary>
    private const int BlockSize = 512;

    /// <summary>How long a mounted file system waits for a daemon that is gone: an upgrade or a restart after a crash, with room.</summary>
    private static readonly TimeSpan DeadConnectionTimeout = TimeSpan.FromMinutes(5);

    private readonly ILogger logger;
    private readonly DeviceRegistry registry;
    private readonly DeviceLink link;
    private readonly DeviceUsers users = new();
    private readonly ConcurrentDictionary<string, ConnectedDevice> connected = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LeftDevice> left = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock watchGate = new();
    private Task watching = Task.CompletedTask;

    /// <param name="replicaFolder">Devices of replicas in it are ours, whichever process connected them.</param>
    public NbdKernelDevices(string replicaFolder, ILogger logger)
    {
        this.logger = logger;
        registry = new DeviceRegistry(replicaFolder);
        link = new DeviceLink("/dev/ankole");
        KernelModule.TryLoad("nbd");
        using var kernel = KernelNbd.TryOpen(out _);
        if (kernel is null)
            return;
        foreach (var device in registry.Find(kernel.ListConnected()))
            left[device.Volume] = device;
    }

    public string MissingBecause
    {
        get
        {
            using var kernel = KernelNbd.TryOpen(out var missing);
            return missing;
        }
    }

    public IReadOnlyCollection<string> Left => [.. left.Keys];

    public async ValueTask<KernelDevice> ConnectAsync(string volume, string replicaPath, string socketPath, CancellationToken cancellationToken)
    {
        using var kernel = KernelNbd.TryOpen(out var missing);
        if (kernel is null)
            return new KernelDevice("", missing);
        try
        {
            Watch();
            var device = await ConnectAsync(kernel, volume, replicaPath, socketPath, cancellationToken);
            connected[volume] = device;
            var problem = link.Make(volume, device.Path, path => registry.IsForeign(path));
            return problem.Length == 0
                ? new KernelDevice(link.PathOf(volume), $"{link.PathOf(volume)} leads to {device.Path}.")
                : new KernelDevice(device.Path, problem);
        }
        catch (AnkoleException e)
        {
            KernelDeviceLog.Failed(logger, volume, e.Message);
            return new KernelDevice("", e.Message);
        }
    }

    public async ValueTask DisconnectAsync(string volume, CancellationToken cancellationToken)
    {
        if (connected.TryGetValue(volume, out var device))
            await Task.Run(() => DisconnectUnused(device), cancellationToken);
        else if (left.TryGetValue(volume, out var old))
            await Task.Run(() => DisconnectLeft(old), cancellationToken);
    }

    public async ValueTask<bool> LeaveAsync(string volume)
    {
        try
        {
            await DisconnectAsync(volume, CancellationToken.None);
            return false;
        }
        catch (AnkoleException e)
        {
            KernelDeviceLog.Stays(logger, volume, e.Message);
            return connected.TryRemove(volume, out _);
        }
    }

    public async ValueTask ResizeAsync(string volume, long sizeBytes, CancellationToken cancellationToken)
    {
        if (connected.TryGetValue(volume, out var device))
            await Task.Run(() => Use(kernel => kernel.Reconfigure(device.Index, device.Backend, sizeBytes, [])), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await watching;
        stopping.Dispose();
    }

    private async Task<ConnectedDevice> ConnectAsync(KernelNbd kernel, string volume, string replicaPath, string socketPath, CancellationToken cancellationToken)
    {
        var backend = DeviceRegistry.BackendOf(volume, replicaPath);
        var handovers = new List<NbdHandover>();
        try
        {
            while (handovers.Count < Connections)
                handovers.Add(await NbdHandover.ConnectAsync(socketPath, volume, cancellationToken));
            List<int> sockets = [.. handovers.Select(handover => handover.Descriptor)];
            if (left.TryGetValue(volume, out var old))
            {
                if (old.Backend == backend)
                    return await Task.Run(() => Adopt(kernel, old, socketPath, handovers[0].SizeBytes, sockets), CancellationToken.None);
                await Task.Run(() => DisconnectLeft(old), CancellationToken.None);
            }
            var wanted = new KernelNbdDevice(
                handovers[0].SizeBytes, BlockSize, handovers[0].Flags, RequestTimeout: TimeSpan.Zero, DeadConnectionTimeout, backend);
            return await Task.Run(() => ConnectNew(kernel, volume, socketPath, wanted, sockets), CancellationToken.None);
        }
        finally
        {
            // The kernel has its own hold on them.
            foreach (var handover in handovers)
                handover.Dispose();
        }
    }

    private ConnectedDevice ConnectNew(KernelNbd kernel, string volume, string socketPath, KernelNbdDevice wanted, IReadOnlyList<int> sockets)
    {
        var device = new ConnectedDevice(volume, kernel.Connect(wanted, sockets), wanted.Backend, socketPath);
        if (!File.Exists(device.Path))
        {
            kernel.Disconnect(device.Index);
            throw new AnkoleException(
                ErrorKind.Unavailable, $"the kernel connected {device.Path}, which does not appear here: in a container, give it the host's /dev.");
        }
        KernelDeviceLog.Connected(logger, volume, device.Index);
        return device;
    }

    private ConnectedDevice Adopt(KernelNbd kernel, LeftDevice old, string socketPath, long sizeBytes, IReadOnlyList<int> sockets)
    {
        kernel.Reconfigure(old.Index, old.Backend, sizeBytes, sockets);
        left.TryRemove(old.Volume, out _);
        KernelDeviceLog.Adopted(logger, old.Volume, old.Index);
        return new ConnectedDevice(old.Volume, old.Index, old.Backend, socketPath);
    }

    private void DisconnectUnused(ConnectedDevice device)
    {
        // Held until it is disconnected: nobody can mount it in between.
        using var exclusive = ExclusiveDevice.TryOpen(device.Path);
        var who = users.Describe(device.Name);
        if (exclusive is null || who.Length > 0)
            throw InUse(device.Volume, device.Path, who);
        exclusive.Flush();
        link.Remove(device.Volume, device.Path);
        Use(kernel => kernel.Disconnect(device.Index));
        connected.TryRemove(device.Volume, out _);
        KernelDeviceLog.Disconnected(logger, device.Volume, device.Index);
    }

    /// <summary>Nothing answers behind it, so it is not opened: that may wait for an answer.</summary>
    private void DisconnectLeft(LeftDevice old)
    {
        if (users.Describe(old.Name) is { Length: > 0 } who)
            throw InUse(old.Volume, old.Path, who);
        link.Remove(old.Volume, old.Path);
        Use(kernel => kernel.Disconnect(old.Index));
        left.TryRemove(old.Volume, out _);
        KernelDeviceLog.Disconnected(logger, old.Volume, old.Index);
    }

    private static KernelNbd Open() => KernelNbd.TryOpen(out var missing) ?? throw new AnkoleException(ErrorKind.Unavailable, missing);

    private static void Use(Action<KernelNbd> action)
    {
        using var kernel = Open();
        action(kernel);
    }

    private static AnkoleException InUse(string volume, string path, string who) => new(
        ErrorKind.Busy, $"volume '{volume}' cannot be detached while {path} is in use: {(who.Length > 0 ? who : "something holds it")}. It is detached when that has ended.");
}
