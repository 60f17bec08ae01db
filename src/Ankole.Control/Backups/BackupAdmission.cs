using Ankole.Core;

namespace Ankole.Control;

/// <summary>A backup that is asked for is of a volume and snapshot that exist, to a target that is there now; afterwards only reading it again can be asked for.</summary>
public sealed class BackupAdmission : KindAdmission<BackupResource>
{
    public override ResourceKind Kind => Kinds.Backup;

    protected override async ValueTask<BackupResource> AdmitAsync(
        BackupResource backup, BackupResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is not null)
        {
            CheckFixed(backup.Spec, old.Spec, errors);
            return backup;
        }
        var spec = backup.Spec;
        Check(!spec.Mirrored, "spec.mirrored", "true", "only the system mirrors backups that it finds in a target.", errors, FieldErrorKind.Forbidden);
        Check(spec.BackupMode is "" or "full" or "incremental", "spec.backupMode", spec.BackupMode, $"'{spec.BackupMode}' is no mode: write incremental or full.", errors, FieldErrorKind.NotSupported);
        CheckStoredName(backup, errors);
        SnapshotAdmission.CheckStoredLabels(spec.Labels, "spec.labels", errors);
        var volume = await SnapshotAdmission.CheckVolumeAsync(spec.VolumeName, "spec.volumeName", errors, store, cancellationToken);
        await CheckSnapshotAsync(spec, errors, store, cancellationToken);
        if (spec.BackupTargetName.Length == 0)
            spec = spec with { BackupTargetName = volume?.Spec.BackupTargetName is { Length: > 0 } own ? own : SystemNames.DefaultTarget };
        await CheckTargetAsync(spec.BackupTargetName, errors, store, cancellationToken);
        CheckLabel(backup.Metadata, SystemNames.BackupTargetLabel, spec.BackupTargetName, errors);
        CheckLabel(backup.Metadata, SystemNames.BackupVolumeLabel, spec.VolumeName, errors);
        return backup with { Spec = spec with { BackupMode = spec.BackupMode.Length > 0 ? spec.BackupMode : "incremental" } };
    }

    private static void CheckFixed(BackupSpec spec, BackupSpec old, List<FieldError> errors)
    {
        CheckUnchanged(old.VolumeName, spec.VolumeName, "spec.volumeName", errors);
        CheckUnchanged(old.SnapshotName, spec.SnapshotName, "spec.snapshotName", errors);
        CheckUnchanged(old.BackupTargetName, spec.BackupTargetName, "spec.backupTargetName", errors);
        CheckUnchanged(old.BackupName, spec.BackupName, "spec.backupName", errors);
        CheckUnchanged(old.BackupMode, spec.BackupMode, "spec.backupMode", errors);
        if (old.Mirrored != spec.Mirrored)
            errors.Add(new FieldError("spec.mirrored", null, "this is the system's to say.", FieldErrorKind.Forbidden));
        if (!SnapshotAdmission.SameLabels(old.Labels, spec.Labels))
            errors.Add(new FieldError("spec.labels", null, "a backup's labels are stored with it and fixed at creation.", FieldErrorKind.Forbidden));
    }

    private static void CheckStoredName(BackupResource backup, List<FieldError> errors)
    {
        var name = backup.StoredName();
        if (name.Length > 0 && !ObjectName.IsValid(name))
            errors.Add(new FieldError(
                backup.Spec.BackupName.Length > 0 ? "spec.backupName" : "metadata.name", name,
                $"'{name}' is no backup name: use 2 to {ObjectName.MaxLength} letters, digits, '_', '.' or '-', beginning with a letter or digit."));
    }

    private static async ValueTask CheckSnapshotAsync(BackupSpec spec, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (spec.SnapshotName.Length == 0)
            return;
        if (await store.GetAsync(Kinds.Snapshot, spec.SnapshotName, cancellationToken) is not { } snapshot || snapshot.Spec.Volume != spec.VolumeName)
            errors.Add(new FieldError(
                "spec.snapshotName", spec.SnapshotName, $"volume '{spec.VolumeName}' has no snapshot '{spec.SnapshotName}'. Leave it out to have one taken.", FieldErrorKind.NotFound));
        else if (snapshot.IsDeleting)
            errors.Add(new FieldError("spec.snapshotName", spec.SnapshotName, $"snapshot '{spec.SnapshotName}' is being deleted.", FieldErrorKind.Forbidden));
    }

    private static async ValueTask CheckTargetAsync(string name, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Kinds.BackupTarget, name, cancellationToken) is not { } target)
            errors.Add(new FieldError("spec.backupTargetName", name, $"there is no backup target '{name}'.", FieldErrorKind.NotFound));
        else if (!target.Status.Available)
            errors.Add(new FieldError(
                "spec.backupTargetName", name,
                $"backup target '{name}' is unavailable{(target.Status.Conditions.Find("Unavailable") is { Message: { Length: > 0 } why } ? $": {why}" : " (it was not looked at yet).")}", FieldErrorKind.Forbidden));
    }

    private static void CheckLabel(ObjectMeta metadata, string label, string value, List<FieldError> errors)
    {
        if (metadata.Labels.TryGetValue(label, out var given) && given != StoreNames.LabelValue(value))
            errors.Add(new FieldError($"metadata.labels[{label}]", given, $"the spec says '{value}': write the same, or leave the label out."));
    }
}
