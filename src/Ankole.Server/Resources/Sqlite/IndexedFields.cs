using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>What of a resource can be found without reading all of its kind: every label, its owners, and the fields that people and controllers select by.</summary>
internal static class IndexedFields
{
    /// <summary>The kind under which owners stand in the index, whatever the kind of what is owned.</summary>
    public const string AnyKind = "";
    public const string Owner = "@owner";
    public const string Uid = "@uid";
    private const string LabelPrefix = "metadata.labels/";

    private static readonly Dictionary<ResourceKind, string[]> PathsByKind = new()
    {
        [Kinds.Volume] = ["status.state"],
        [Kinds.Snapshot] = ["spec.volume"],
        [Kinds.Backup] = ["spec.volumeName", "spec.backupTargetName", "spec.snapshotName", "status.volumeName", "status.snapshotName", "status.backupTargetName", "status.state"],
        [Kinds.BackupVolume] = ["spec.volumeName", "spec.backupTargetName"],
        [Kinds.Replica] = ["spec.volumeName", "spec.nodeID"],
        [Kinds.VolumeOperation] = ["spec.volumeName", "status.phase"],
        [Kinds.Event] = ["involvedObject.name", "involvedObject.uid", "involvedObject.kind"],
    };

    public static bool Covers(ResourceKind kind, string path) => PathsByKind.TryGetValue(kind, out var paths) && paths.Contains(path);

    public static string LabelPath(string key) => LabelPrefix + key;

    /// <summary>A field that is left out counts as empty, and stands in the index so.</summary>
    public static IEnumerable<(string Kind, string Path, string Value)> EntriesOf(string kindKey, ResourceKind kind, JsonObject body)
    {
        var metadata = body["metadata"]!.AsObject();
        yield return (AnyKind, Uid, (string)metadata["uid"]!);
        foreach (var owner in metadata["ownerReferences"]?.AsArray() ?? [])
            yield return (AnyKind, Owner, (string)owner!["uid"]!);
        foreach (var (key, value) in metadata["labels"]?.AsObject() ?? [])
            yield return (kindKey, LabelPath(key), (string?)value ?? "");
        foreach (var path in PathsByKind.GetValueOrDefault(kind, []))
            yield return (kindKey, path, FieldText.Of(body, path));
    }
}
