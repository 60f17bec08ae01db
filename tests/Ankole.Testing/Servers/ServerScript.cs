namespace Ankole.Testing;

/// <summary>A real server that a script of <c>tests/servers</c> runs: its verbs, and what it wrote into <c>env</c> when it had started.</summary>
public sealed class ServerScript(string name, string folder)
{
    private readonly string script = Path.Combine(AppContext.BaseDirectory, "servers", name);

    /// <summary>Where the server's files are.</summary>
    public string Folder => folder;

    /// <summary>Empty until it has started.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    /// <summary>Null where its programs are installed.</summary>
    public async Task<string?> WhyMissingAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [script, "available"]);
        return available.ExitCode == 0 ? null : available.Error.Trim();
    }

    /// <summary>Starts what does not run.</summary>
    public async Task StartAsync()
    {
        await RunAsync("start");
        Settings = (await File.ReadAllLinesAsync(Path.Combine(folder, "env"))).Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    public async Task RunAsync(string verb, params string[] more) => (await ProcessRun.RunAsync("bash", [script, verb, folder, .. more])).MustSucceed();
}
