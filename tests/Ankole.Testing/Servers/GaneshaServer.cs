namespace Ankole.Testing;

/// <summary>An NFS-Ganesha on the loopback address, in user space, that tests may freeze, kill and start again.</summary>
public sealed class GaneshaServer(int leaseSeconds = 20, int graceSeconds = 0)
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "servers", "nfs-ganesha.sh");

    /// <summary>Not the temporary folder, which may be a file system without file handles.</summary>
    private readonly string folder = Path.Combine("/var/tmp", $"ankole-nfs-{Guid.NewGuid():N}");
    private Dictionary<string, string> settings = [];

    public int Port => int.Parse(settings["NFS_PORT"]);

    /// <summary>The folder behind <c>/export</c>, to look behind the server.</summary>
    public string ExportedFolder => settings["NFS_DIR"];

    /// <summary>The folder behind <c>/export-squash</c>.</summary>
    public string SquashedFolder => Path.Combine(folder, "squash");

    /// <summary>Whether <c>/export-small</c> is there: 24 MiB, to fill up.</summary>
    public bool HasSmallFileSystem => settings["NFS_EXPORT_SMALL"].Length > 0;

    /// <summary>The file system behind <c>/export-small</c>.</summary>
    public SmallFileSystem Small => new(SmallFolder);

    /// <summary>The folder behind <c>/export-small</c>.</summary>
    public string SmallFolder => Path.Combine(folder, "small");

    /// <summary>Null where it can run.</summary>
    public static string? WhyMissing()
    {
        if (!File.Exists("/usr/bin/ganesha.nfsd"))
            return "ganesha.nfsd is not installed (Debian: nfs-ganesha nfs-ganesha-vfs)";
        return Environment.IsPrivilegedProcess ? null : "NFS-Ganesha needs root to serve files by handle";
    }

    public async Task StartAsync()
    {
        await RunAsync("start");
        settings = (await File.ReadAllLinesAsync(Path.Combine(folder, "env"))).Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    /// <summary>As a crash does.</summary>
    public Task KillAsync() => RunAsync("kill");

    /// <summary>Connections stay open, nothing answers.</summary>
    public Task PauseAsync() => RunAsync("pause");

    public Task ResumeAsync() => RunAsync("resume");

    /// <summary>Makes <c>/export-small</c> read-only or writable again, within seconds.</summary>
    public Task SetSmallAccessAsync(bool isWritable) => RunAsync("access", isWritable ? "RW" : "RO");

    /// <summary>Stops it and deletes its folders.</summary>
    public Task WipeAsync() => RunAsync("wipe");

    private async Task RunAsync(string verb, params string[] more) => (await ProcessRun.RunAsync("bash", [Script, verb, folder, .. more], new Dictionary<string, string?>
    {
        ["NFS_GRACE"] = graceSeconds.ToString(),
        ["NFS_LEASE"] = leaseSeconds.ToString(),
    })).MustSucceed();
}
