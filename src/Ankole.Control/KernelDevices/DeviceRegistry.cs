namespace Ankole.Control;

/// <summary>
/// Whose connected NBD devices are: the kernel keeps a text with each, <c>ankole VOLUME REPLICA-DIRECTORY</c> for ours, and shows it in
/// <c>/sys/block/nbdN/backend</c> (kernels from 5.14 on; on older ones no device outlives its daemon).
/// </summary>
internal sealed class DeviceRegistry(string replicaFolder, string sys = "/sys")
{
    private const string Owner = "ankole";

    /// <param name="replicaPath">An absolute path.</param>
    public static string BackendOf(string volume, string replicaPath) => $"{Owner} {volume} {replicaPath}";

    /// <summary>Those of the connected devices that serve replicas of this folder.</summary>
    public IReadOnlyList<LeftDevice> Find(IEnumerable<int> connected)
    {
        var found = new List<LeftDevice>();
        foreach (var index in connected)
            if (ReadBackend($"nbd{index}") is { } backend && VolumeOf(backend) is { } volume)
                found.Add(new LeftDevice(volume, index, backend));
        return found;
    }

    /// <summary>True for a device that is connected, but not to a replica of this folder.</summary>
    /// <param name="path">As <c>/dev/nbd0</c>.</param>
    public bool IsForeign(string path)
    {
        var name = Path.GetFileName(path);
        // While it is connected, and only then, there is a file "pid".
        return File.Exists(Path.Combine(sys, "block", name, "pid")) && (ReadBackend(name) is not { } backend || VolumeOf(backend) is null);
    }

    private string? VolumeOf(string backend)
    {
        var parts = backend.Split(' ', 3);
        return parts is [Owner, var volume, var replica] && Path.GetDirectoryName(replica) == replicaFolder ? volume : null;
    }

    private string? ReadBackend(string name)
    {
        var file = Path.Combine(sys, "block", name, "backend");
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).TrimEnd('\n') : null;
        }
        catch (IOException)
        {
            return null; // Disconnected meanwhile.
        }
    }
}

/// <summary>A device that an earlier process connected.</summary>
internal sealed record LeftDevice(string Volume, int Index, string Backend)
{
    public string Name => $"nbd{Index}";

    public string Path => $"/dev/{Name}";
}

/// <summary>A device that this process serves.</summary>
/// <param name="SocketPath">Where the volume is served.</param>
internal sealed record ConnectedDevice(string Volume, int Index, string Backend, string SocketPath)
{
    public string Name => $"nbd{Index}";

    public string Path => $"/dev/{Name}";
}
