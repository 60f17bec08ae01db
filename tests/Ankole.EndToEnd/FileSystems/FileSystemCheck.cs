namespace Ankole.EndToEnd.FileSystems;

/// <summary>The file system's own checker, which must find nothing and changes nothing.</summary>
internal static class FileSystemCheck
{
    public static async Task MustBeCleanAsync(string image, string fileSystem)
    {
        if (fileSystem == "xfs")
            await Peer.MustAsync("xfs_repair", "-n", "-f", image);
        else
            await Peer.MustAsync("e2fsck", "-f", "-n", image);
    }
}
