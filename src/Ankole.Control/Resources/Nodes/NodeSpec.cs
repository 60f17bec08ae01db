using System.ComponentModel;

namespace Ankole.Control;

public sealed record NodeSpec
{
    [Description("True: new replicas may be placed here.")]
    public bool AllowScheduling { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];
}

public sealed record NodeStatus
{
    [Description("The folder that replica directories are in.")]
    public string DataPath { get; set; } = "";

    [Description("Bytes of the file system that holds them.")]
    public long StorageMaximum { get; set; }

    public long StorageAvailable { get; set; }

    [Description("Sizes of all replicas here, added up.")]
    public long StorageScheduled { get; set; }

    public int Replicas { get; set; }

    public int AttachedVolumes { get; set; }

    public string Version { get; set; } = "";

    public DateTimeOffset? HeartbeatAt { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}
