using Ankole.Control;

namespace Ankole.Server.Tests.Resources;

internal static class Examples
{
    public static VolumeResource Volume(string name, params (string Key, string Value)[] labels) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = labels.ToDictionary(label => label.Key, label => label.Value) },
        Spec = new VolumeSpec { Size = "1073741824", NumberOfReplicas = 1 },
    };

    public static BackupResource Backup(string name, string volume) => new()
    {
        Metadata = new ObjectMeta { Name = name, Labels = new Dictionary<string, string> { ["backup-volume"] = volume } },
        Spec = new BackupSpec { VolumeName = volume, SnapshotName = "snap-" + name, BackupTargetName = "default" },
    };

    public static SecretResource Secret(string name, params (string Key, string Value)[] data) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "ankole-system" },
        Data = data.ToDictionary(entry => entry.Key, entry => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(entry.Value))),
    };

    public static ResourceKey VolumeKey(string name) => new(Kinds.Volume, null, name);

    public static OwnerReference OwnerOf(Resource owner) => new(owner.ApiVersion, owner.Kind, owner.Name, owner.Metadata.Uid!);
}
