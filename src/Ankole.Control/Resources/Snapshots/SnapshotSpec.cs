using System.ComponentModel;

namespace Ankole.Control;

public sealed record SnapshotSpec
{
    [Description("The volume it is of; fixed at creation.")]
    public string Volume { get; set; } = "";

    [Description("True: take it. False: it was found in the volume.")]
    public bool CreateSnapshot { get; set; }

    [Description("Stored with the snapshot.")]
    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();
}

public sealed record SnapshotStatus
{
    public string Parent { get; set; } = "";

    public IReadOnlyList<string> Children { get; set; } = [];

    [Description("Deleted, and waiting to be merged into its child.")]
    public bool MarkRemoved { get; set; }

    public bool UserCreated { get; set; }

    public DateTimeOffset? CreationTime { get; set; }

    [Description("Bytes that only this snapshot's file holds.")]
    public long Size { get; set; }

    [Description("Bytes of the volume at this snapshot.")]
    public long RestoreSize { get; set; }

    [Description("It is in the chain and can be backed up.")]
    public bool ReadyToUse { get; set; }

    public string Error { get; set; } = "";

    public IReadOnlyList<Condition> Conditions { get; set; } = [];

    public long ObservedGeneration { get; set; }
}
