using Ankole.Nbd;

namespace Ankole.Control;

/// <summary>One attached volume: its open replica and, with a frontend, the server of it. Changed by one caller at a time.</summary>
internal sealed class VolumeExport(string volume, string directory, ReplicaLease lease) : IAsyncDisposable
{
    private NbdServer? server;
    private KernelDevice device;

    public string Directory => directory;

    public bool HasFrontend => server is not null;

    public AttachedVolume Describe() => new(
        volume, directory, server is null ? "" : server.Address.ToUri(volume).ToString(), device.Path ?? "", device.Remark ?? "",
        () => server?.ConnectionCount ?? 0);

    /// <param name="replicaPath">The replica's directory.</param>
    /// <param name="socket">Its file lets in only who may open it: mode 0600 before anybody can connect.</param>
    public async Task ServeAsync(string replicaPath, string socket, IKernelDevices devices, TimeProvider time, CancellationToken cancellationToken)
    {
        var replica = lease.Replica;
        var export = new NbdExport(volume, replica) { Description = $"volume {volume}", Changes = new ReplicaChangeSource(replica) };
        server = await NbdServer.StartAsync(NbdAddress.Unix(socket), [export], timeProvider: time, cancellationToken: cancellationToken);
        device = await devices.ConnectAsync(volume, replicaPath, socket, cancellationToken);
    }

    /// <summary>As <see cref="DisposeAsync"/>, but clients see a server that died, not one that refuses: they ask again when there is one.</summary>
    public async ValueTask DropAsync()
    {
        if (server is not null)
            await server.DropAsync();
        await DisposeAsync();
    }

    /// <summary>Requests in flight finish, clients are disconnected, everything is flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        await lease.DisposeAsync();
    }
}
