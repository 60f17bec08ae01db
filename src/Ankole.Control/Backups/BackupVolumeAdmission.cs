namespace Ankole.Control;

/// <summary>BackupVolumes show what a target holds: people ask for a new look, or delete.</summary>
public sealed class BackupVolumeAdmission : KindAdmission<BackupVolumeResource>
{
    public override ResourceKind Kind => Kinds.BackupVolume;

    protected override ValueTask<BackupVolumeResource> AdmitAsync(
        BackupVolumeResource volume, BackupVolumeResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is null)
            errors.Add(new FieldError("kind", "BackupVolume", "a BackupVolume appears when a target holds the volume; it cannot be created by hand.", FieldErrorKind.Forbidden));
        CheckUnchanged(old?.Spec.BackupTargetName, volume.Spec.BackupTargetName, "spec.backupTargetName", errors);
        CheckUnchanged(old?.Spec.VolumeName, volume.Spec.VolumeName, "spec.volumeName", errors);
        return ValueTask.FromResult(volume);
    }
}
