using Ankole.Core;

namespace Ankole.Volumes;

/// <summary>
/// Every disk of a replica directory and how they hang together (Longhorn replica format, section 4). Links point from child to parent; nothing on
/// disk stores the children.
/// </summary>
internal sealed class DiskTree
{
    /// <summary>Disks in a chain or in a directory, the head included (section 12).</summary>
    public const int MaxDisks = 250;

    private readonly Dictionary<string, Disk> disks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Disk>> children = new(StringComparer.Ordinal);
    private readonly string directory;

    private DiskTree(string directory) => this.directory = directory;

    public IReadOnlyCollection<Disk> Disks => disks.Values;

    public IEnumerable<Disk> Snapshots => disks.Values.Where(disk => disk.Snapshot is not null);

    /// <summary>Records that cannot be read, by their file names, with the reason.</summary>
    public IReadOnlyList<(string MetaName, AnkoleException Reason)> Unreadable { get; private set; } = [];

    /// <summary>Reads every record; one that is damaged lands in <see cref="Unreadable"/>.</summary>
    public static DiskTree Load(IReplicaFiles files)
    {
        var tree = new DiskTree(files.Directory);
        var unreadable = new List<(string, AnkoleException)>();
        foreach (var name in files.List())
        {
            if (!name.EndsWith(DiskName.Meta, StringComparison.Ordinal) || name == DiskName.VolumeRecord)
                continue;
            try
            {
                var record = DiskRecord.Parse(files.TryReadRecord(name), Path.Combine(files.Directory, name));
                var disk = name[..^DiskName.Meta.Length];
                tree.Add(new Disk(disk, record, files.TryGetFacts(disk), files.TryGetFacts(name)));
            }
            catch (AnkoleException e) when (e.Kind == ErrorKind.Damaged)
            {
                unreadable.Add((name, e));
            }
        }
        tree.Unreadable = unreadable;
        return tree;
    }

    public Disk? Find(string disk) => disks.GetValueOrDefault(disk);

    public IReadOnlyList<Disk> ChildrenOf(string disk) => children.TryGetValue(disk, out var found) ? found : [];

    /// <summary>The disk and its ancestors, newest first.</summary>
    /// <exception cref="AnkoleException">A record or a data file is missing, the links run in a circle, or the chain is too long.</exception>
    public IReadOnlyList<Disk> ChainOf(string top)
    {
        var chain = new List<Disk>();
        for (var name = top; name.Length > 0; name = chain[^1].Record.Parent)
        {
            if (Unreadable.FirstOrDefault(bad => bad.MetaName == name + DiskName.Meta) is { Reason: { } reason })
                throw reason;
            var disk = Find(name) ?? throw Damaged(chain.Count == 0
                ? $"'{name}{DiskName.Meta}' is missing"
                : $"'{name}{DiskName.Meta}' is missing, the parent of '{chain[^1].Name}'");
            if (disk.Data is null)
                throw Damaged($"the data file '{name}' is missing. Its blocks cannot be known: restore the file, or the volume from a backup");
            if (chain.Contains(disk))
                throw Damaged($"the parents of '{top}' run in a circle at '{name}'");
            chain.Add(disk);
            if (chain.Count > MaxDisks)
                throw new AnkoleException(
                    ErrorKind.Refused, $"'{directory}': the chain of '{top}' is longer than {MaxDisks} disks; Longhorn cannot open it either.");
        }
        return chain;
    }

    private void Add(Disk disk)
    {
        disks.Add(disk.Name, disk);
        if (!children.TryGetValue(disk.Record.Parent, out var siblings))
            children.Add(disk.Record.Parent, siblings = []);
        siblings.Add(disk);
    }

    private AnkoleException Damaged(string what) => new(ErrorKind.Damaged, $"'{directory}' is damaged: {what}.");
}
