namespace Ankole.Server.Web.Volumes;

/// <summary>Commands of well-known NBD clients for an attached volume.</summary>
internal static class ConnectCommands
{
    /// <param name="endpoint"><c>nbd+unix:///NAME?socket=PATH</c> or <c>nbd://host:port/NAME</c>.</param>
    public static IEnumerable<(string About, string Command)> For(string volume, string endpoint)
    {
        yield return ("Is it there, and how big?", $"nbdinfo '{endpoint}'");
        if (SocketOf(endpoint) is { } socket)
        {
            yield return ("As a block device, with the kernel's NBD client", $"sudo nbd-client -unix {socket} /dev/nbd0 -N {volume}");
            yield return ("Make a file system and mount it", $"sudo mkfs.ext4 /dev/nbd0 && sudo mount /dev/nbd0 /mnt");
        }
        yield return ("As a file, without root", $"nbdfuse /mnt/{volume} '{endpoint}'");
        yield return ("As the disk of a virtual machine", $"qemu-system-x86_64 -m 1G -drive file='{endpoint}',format=raw,if=virtio");
    }

    private static string? SocketOf(string endpoint)
    {
        const string Key = "socket=";
        var at = endpoint.IndexOf(Key, StringComparison.Ordinal);
        return at < 0 ? null : Uri.UnescapeDataString(endpoint[(at + Key.Length)..].Split('&')[0]);
    }
}
