namespace Ankole.EndToEnd.FileSystems;

/// <summary>A raw image on a loop device, mounted for writing so that the file system replays its journal, as after a power loss.</summary>
internal sealed class MountedImage : IAsyncDisposable
{
    private readonly string device;

    private MountedImage(string device, string root)
    {
        this.device = device;
        Root = root;
    }

    public string Root { get; }

    public static async Task<MountedImage> MountAsync(string image, string fileSystem)
    {
        var root = image + ".mnt";
        Directory.CreateDirectory(root);
        var device = (await Peer.MustAsync("losetup", "--find", "--show", image)).Output.Trim();
        try
        {
            await Peer.MustAsync("mount", "-t", fileSystem, device, root);
            return new MountedImage(device, root);
        }
        catch
        {
            await Peer.RunAsync("losetup", "-d", device);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Peer.MustAsync("umount", Root);
        await Peer.MustAsync("losetup", "-d", device);
    }
}
