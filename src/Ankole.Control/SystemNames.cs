namespace Ankole.Control;

/// <summary>Names that resources of the system itself have.</summary>
public static class SystemNames
{
    /// <summary>Where events go and credentials are looked for first.</summary>
    public const string Namespace = "ankole-system";

    /// <summary>Further namespaces in which a named credential Secret is looked for, in order: where Longhorn's users have it, and kubectl's default.</summary>
    public static IReadOnlyList<string> CredentialNamespaces { get; } = [Namespace, "longhorn-system", "default"];

    /// <summary>The target that exists from the beginning.</summary>
    public const string DefaultTarget = "default";

    /// <summary>Holds a resource until what stands behind it is gone.</summary>
    public const string Finalizer = "ankole.io";

    /// <summary>On a Backup or BackupVolume: its deletion leaves the backupstore alone.</summary>
    public const string DeleteResourceOnlyLabel = "ankole.io/delete-custom-resource-only";

    public const string VolumeLabel = "ankole.io/volume";
    public const string BackupVolumeLabel = "backup-volume";
    public const string BackupTargetLabel = "backup-target";

    /// <summary>A snapshot's or backup's label (in its spec and in the stored record) that names the job that made it; Longhorn's.</summary>
    public const string RecurringJobLabel = "RecurringJob";
}
