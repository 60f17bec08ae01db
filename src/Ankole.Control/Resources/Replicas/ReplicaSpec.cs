using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Ankole.Control;

public sealed record ReplicaSpec
{
    public string VolumeName { get; set; } = "";

    public string NodeID { get; set; } = "";

    [Description("The node's data folder that the replica directory is in.")]
    public string DiskPath { get; set; } = "";

    [Description("The replica directory's name in it.")]
    public string DataDirectoryName { get; set; } = "";

    public string Size { get; set; } = "";

    [JsonIgnore]
    public long SizeBytes => Core.ByteSize.TryParse(Size, out var bytes) ? bytes : 0;
}

public sealed record ReplicaStatus
{
    [Description("stopped, running or error")]
    public string State { get; set; } = "";

    [Description("Bytes it takes on disk.")]
    public long ActualSize { get; set; }

    public DateTimeOffset? HealthyAt { get; set; }

    public DateTimeOffset? FailedAt { get; set; }

    public IReadOnlyList<Condition> Conditions { get; set; } = [];
}
