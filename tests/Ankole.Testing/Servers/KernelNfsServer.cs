namespace Ankole.Testing;

/// <summary>Linux's own NFS server, in a virtual machine with Debian's kernel; its <c>/export</c> on a port of the loopback address.</summary>
public sealed class KernelNfsServer
{
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "servers");

    private readonly string folder = Path.Combine("/var/tmp", $"ankole-vm-{Guid.NewGuid():N}");

    public int Port { get; private set; }

    /// <summary>Null where it can run.</summary>
    public static async Task<string?> WhyMissingAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [Path.Combine(Scripts, "virtual-machine.sh"), "available"]);
        return available.ExitCode == 0 ? null : available.Error.Trim();
    }

    public async Task StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "root/vm"));
        File.Copy(Path.Combine(Scripts, "virtual-machine/nfs-server.sh"), Path.Combine(folder, "root/vm/script"));
        await RunAsync("start");
        Port = int.Parse((await File.ReadAllTextAsync(Path.Combine(folder, "env"))).Trim()["VM_PORT=".Length..]);
    }

    /// <summary>Ends the machine and deletes its files.</summary>
    public Task WipeAsync() => RunAsync("wipe");

    /// <remarks>In 512 MiB, half an hour at most: nobody forgets it running.</remarks>
    private async Task RunAsync(string verb) => (await ProcessRun.RunAsync(
        "bash", [Path.Combine(Scripts, "virtual-machine.sh"), verb, folder],
        new Dictionary<string, string?>
        {
            ["VM_FORWARD"] = "2049", ["VM_TOOLS"] = "exportfs rpc.mountd rpc.nfsd", ["VM_MEMORY"] = "512", ["VM_TIMEOUT"] = "1800",
        })).MustSucceed();
}
