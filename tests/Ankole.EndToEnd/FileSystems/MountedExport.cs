using Ankole.Testing;

namespace Ankole.EndToEnd.FileSystems;

/// <summary>An NBD export, mounted through nbdfuse and a loop device (tests/servers/nbd-mount.sh). Disposing leaves nothing mounted.</summary>
internal sealed class MountedExport : IAsyncDisposable
{
    private static readonly string Script = RepositoryFolder.Find("tests", "servers", "nbd-mount.sh");

    private readonly string folder;
    private bool isMounted;

    private MountedExport(string folder) => this.folder = folder;

    public string Root => Path.Combine(folder, "mnt");

    /// <summary>Makes the file system when the export is empty.</summary>
    /// <param name="fileSystem">ext4 or xfs.</param>
    public static async Task<MountedExport> MountAsync(string folder, string uri, string fileSystem)
    {
        Peer.RequireMounts();
        Peer.Require("nbdfuse", "fusermount3", "losetup", $"mkfs.{fileSystem}", "mountpoint");
        var mounted = new MountedExport(folder);
        try
        {
            await Peer.MustAsync("bash", Script, "start", folder, uri, fileSystem);
            mounted.isMounted = true;
            return mounted;
        }
        catch
        {
            await Peer.RunAsync("bash", Script, "stop", folder);
            throw;
        }
    }

    /// <summary>Unmounts, so that everything written is flushed.</summary>
    public async Task UnmountAsync()
    {
        isMounted = false;
        await Peer.MustAsync("bash", Script, "stop", folder);
    }

    public async ValueTask DisposeAsync()
    {
        if (isMounted)
            await UnmountAsync();
    }
}
