namespace Ankole.Control;

/// <summary>What a new volume takes from its StorageClass where it says nothing itself (Longhorn's parameter names; unknown ones mean nothing).</summary>
internal static class StorageClassParameters
{
    public static async ValueTask<VolumeSpec> FillAsync(
        VolumeSpec spec, VolumeSpec? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (spec.StorageClassName.Length == 0 || old is not null)
            return spec;
        if (await store.GetAsync(Kinds.StorageClass, spec.StorageClassName, cancellationToken) is not { } storageClass)
        {
            errors.Add(new FieldError("spec.storageClassName", spec.StorageClassName, $"there is no storage class '{spec.StorageClassName}'. Create it, or leave it out.", FieldErrorKind.NotFound));
            return spec;
        }
        var parameters = storageClass.Parameters;
        string Text(string own, string name) => own.Length > 0 ? own : parameters.GetValueOrDefault(name, "");
        return spec with
        {
            NumberOfReplicas = spec.NumberOfReplicas != 0 ? spec.NumberOfReplicas : int.TryParse(parameters.GetValueOrDefault("numberOfReplicas"), out var count) ? count : 0,
            FromBackup = Text(spec.FromBackup, "fromBackup"),
            BackupTargetName = Text(spec.BackupTargetName, "backupTargetName"),
            BackupBlockSize = Text(spec.BackupBlockSize, "backupBlockSize"),
            BackupCompressionMethod = Text(spec.BackupCompressionMethod, "backupCompressionMethod"),
        };
    }
}
