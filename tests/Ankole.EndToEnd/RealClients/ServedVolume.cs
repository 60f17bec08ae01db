using Ankole.Testing;

namespace Ankole.EndToEnd.RealClients;

/// <summary>A new volume in a temporary folder, and the process that serves it.</summary>
internal sealed class ServedVolume : IAsyncDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public string Directory => Folder["volume"];

    public AnkoleServer Server { get; private set; } = null!;

    public string Uri => Server.Uri;

    public static async Task<ServedVolume> StartAsync(string size)
    {
        var volume = new ServedVolume();
        try
        {
            await AnkoleCommand.MustAsync("replica", "create", volume.Directory, "--size", size);
            volume.Server = await AnkoleServer.ServeReplicaAsync(volume.Directory);
            return volume;
        }
        catch
        {
            volume.Folder.Dispose();
            throw;
        }
    }

    /// <summary>Takes a snapshot of what clients have written so far, through the serving process.</summary>
    public Task SnapshotAsync(string name) => AnkoleCommand.MustAsync("replica", "snapshot", "create", Directory, name);

    /// <summary>Serves it again after the process has ended.</summary>
    public async Task ServeAgainAsync() => Server = await AnkoleServer.ServeReplicaAsync(Directory);

    /// <summary>One qemu-io process that runs the commands in order, each of which must succeed.</summary>
    public Task<ProcessRun> QemuIoAsync(params string[] commands) => QemuIo.MustAsync(Uri, commands);

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        Folder.Dispose();
    }
}
