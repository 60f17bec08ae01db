namespace Ankole.Testing;

/// <summary>
/// Linux's own NFS server, in a virtual machine with Debian's kernel, on a port of the loopback address. Tests may freeze the machine and cut its power.
/// </summary>
/// <param name="smallMebibytes">The size of a file system of its own behind <c>/small</c>, beside <c>/export</c>: what is not flushed there does not outlive
/// a loss of power. None by default.</param>
public sealed class KernelNfsServer(int? smallMebibytes = null)
{
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "servers");
    private static readonly string Script = Path.Combine(Scripts, "virtual-machine.sh");

    private readonly string folder = Path.Combine("/var/tmp", $"ankole-vm-{Guid.NewGuid():N}");

    public int Port { get; private set; }

    /// <summary>Null where it can run.</summary>
    public static async Task<string?> WhyMissingAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [Script, "available"]);
        return available.ExitCode == 0 ? null : available.Error.Trim();
    }

    public async Task StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "root/vm"));
        File.Copy(Path.Combine(Scripts, "virtual-machine/nfs-server.sh"), Path.Combine(folder, "root/vm/script"));
        await RunAsync("start");
        Port = int.Parse((await File.ReadAllTextAsync(Path.Combine(folder, "env"))).Trim()["VM_PORT=".Length..]);
    }

    /// <summary>A loss of power.</summary>
    public Task KillAsync() => RunAsync("kill");

    /// <summary>Returns when the server listens. It fails where the power was not really lost.</summary>
    /// <param name="hasGrace">Whether it then waits ten seconds for the clients of before, as servers do, and takes nothing new.</param>
    public Task BootAsync(bool hasGrace) => RunAsync(hasGrace ? "grace" : "", "boot");

    /// <summary>Connections stay open, nothing answers.</summary>
    public Task PauseAsync() => RunAsync("pause");

    public Task ResumeAsync() => RunAsync("resume");

    /// <summary>An empty directory in <c>/small</c>, and beside it the file by which <see cref="BootAsync"/> knows a loss of power: nobody flushes it.</summary>
    public Task MakeSmallDirectoryAsync(string name) => TellAsync($"mkdir /small/{name} && rm -f /small/.unsaved && echo unsaved >/small/.unsaved");

    /// <summary>Leaves not a byte in <c>/small</c>.</summary>
    public Task FillSmallAsync() => TellAsync("cd /small; dd if=/dev/zero of=.filler bs=64k; dd if=/dev/zero of=.filler.2 bs=512; sync");

    public Task MakeRoomAsync() => TellAsync("rm /small/.filler*; sync");

    public Task SetSmallAccessAsync(bool isWritable) => TellAsync($"sed -i '/^.small/s/(r[ow]/(r{(isWritable ? 'w' : 'o')}/' /etc/exports; exportfs -ra");

    /// <summary>Deletes what is in <c>/small</c>.</summary>
    public Task EmptySmallAsync() => TellAsync("rm -rf /small/*");

    /// <summary>Ends the machine and deletes its files.</summary>
    public Task WipeAsync() => RunAsync("wipe");

    /// <summary>Runs a line as root in there; what it prints is in the folder's <c>console</c>.</summary>
    private Task TellAsync(string line) => RunAsync("", "tell", line);

    private Task RunAsync(string verb) => RunAsync("", verb);

    /// <remarks>In 512 MiB, half an hour at most: nobody forgets it running.</remarks>
    private async Task RunAsync(string words, string verb, params string[] more) => (await ProcessRun.RunAsync(
        "bash", [Script, verb, folder, .. more],
        new Dictionary<string, string?>
        {
            ["VM_FORWARD"] = "2049", ["VM_TOOLS"] = "exportfs rpc.mountd rpc.nfsd", ["VM_MEMORY"] = "512", ["VM_TIMEOUT"] = "1800",
            ["VM_SMALL"] = $"{smallMebibytes}", ["VM_CPUS"] = smallMebibytes is null ? "" : "1", ["VM_JOURNAL"] = smallMebibytes is null ? "" : "1", ["VM_WORDS"] = words,
        })).MustSucceed();
}
