namespace Ankole.Nfs.Tests;

/// <summary>What <see cref="FakeServer"/> remembers: files and their unstable bytes, clients, one session with its replay cache.</summary>
internal sealed class FakeFiles
{
    public sealed class FakeFile(ulong id)
    {
        public ulong Id { get; } = id;

        public byte[] Stable { get; set; } = [];

        public byte[] Volatile { get; set; } = [];

        public bool IsOpen { get; set; }
    }

    private readonly List<string> done = [];
    private ulong nextId = 100;

    public SortedDictionary<string, FakeFile> Names { get; } = new(StringComparer.Ordinal);

    public Dictionary<ulong, FakeFile> ById { get; } = [];

    /// <summary>Every change, in order: "Open f", "Write f", "Rename f g" …</summary>
    public IReadOnlyList<string> Done
    {
        get
        {
            lock (done)
                return [.. done];
        }
    }

    public void Did(string change)
    {
        lock (done)
            done.Add(change);
    }

    public void ForgetDone()
    {
        lock (done)
            done.Clear();
    }

    public ulong Verifier { get; set; } = 0x1111;

    public ulong? ClientId { get; set; }

    public uint CreateSequence { get; set; }

    public SessionId? Session { get; set; }

    public int SessionsMade { get; set; }

    public Dictionary<uint, (uint Sequence, byte[] Results)> Slots { get; } = [];

    public bool AllowsLinks { get; set; } = true;

    public FakeFile Create(string name)
    {
        var file = new FakeFile(nextId++);
        Names.Add(name, file);
        ById.Add(file.Id, file);
        return file;
    }

    /// <summary>Forgets sessions, opens and what was not committed, as a server does that is killed and started again.</summary>
    public void Restart()
    {
        Verifier++;
        ForgetSession();
        ClientId = null;
        foreach (var file in ById.Values)
        {
            file.Volatile = file.Stable;
            file.IsOpen = false;
        }
    }

    public void ForgetSession()
    {
        Session = null;
        Slots.Clear();
    }

    public string NameOf(ulong id) => Names.FirstOrDefault(pair => pair.Value.Id == id).Key ?? $"#{id}";
}
