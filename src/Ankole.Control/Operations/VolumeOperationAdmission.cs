using Ankole.Core;

namespace Ankole.Control;

/// <summary>An operation names exactly what it needs; once it is there it can only be cancelled.</summary>
public sealed class VolumeOperationAdmission : KindAdmission<VolumeOperationResource>
{
    public override ResourceKind Kind => Kinds.VolumeOperation;

    protected override async ValueTask<VolumeOperationResource> AdmitAsync(
        VolumeOperationResource operation, VolumeOperationResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var spec = operation.Spec;
        Check(spec.TtlSecondsAfterFinished >= 0, "spec.ttlSecondsAfterFinished", spec.TtlSecondsAfterFinished.ToString(), "write 0 or more seconds.", errors);
        if (old is not null)
        {
            if (old.Spec with { Cancel = spec.Cancel, TtlSecondsAfterFinished = spec.TtlSecondsAfterFinished } != spec)
                errors.Add(new FieldError("spec", null, "an operation is fixed at creation; it can only be cancelled. Create another one.", FieldErrorKind.Forbidden));
            if (old.Spec.Cancel && !spec.Cancel)
                errors.Add(new FieldError("spec.cancel", "false", "it was cancelled: create another operation.", FieldErrorKind.Forbidden));
            return operation;
        }
        switch (spec.Operation)
        {
            case "revert":
                Require(spec.SnapshotName, "spec.snapshotName", "name the snapshot to revert to.", errors);
                await CheckSnapshotAsync(spec, errors, store, cancellationToken);
                break;
            case "expand":
                await CheckSizeAsync(spec, errors, store, cancellationToken);
                break;
            case "purge" or "trim":
                break;
            case "verify":
                await CheckVerifyAsync(spec, errors, store, cancellationToken);
                return operation;
            default:
                errors.Add(new FieldError("spec.operation", spec.Operation, $"'{spec.Operation}' is no operation: write revert, purge, trim, expand or verify.", FieldErrorKind.NotSupported));
                break;
        }
        await SnapshotAdmission.CheckVolumeAsync(spec.VolumeName, "spec.volumeName", errors, store, cancellationToken);
        return operation;
    }

    private static void Require(string value, string field, string message, List<FieldError> errors)
    {
        if (value.Length == 0)
            errors.Add(new FieldError(field, null, message, FieldErrorKind.Required));
    }

    private static async ValueTask CheckSnapshotAsync(VolumeOperationSpec spec, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (spec.SnapshotName.Length > 0 && (await store.GetAsync(Kinds.Snapshot, spec.SnapshotName, cancellationToken))?.Spec.Volume != spec.VolumeName)
            errors.Add(new FieldError("spec.snapshotName", spec.SnapshotName, $"volume '{spec.VolumeName}' has no snapshot '{spec.SnapshotName}'.", FieldErrorKind.NotFound));
    }

    private static async ValueTask CheckSizeAsync(VolumeOperationSpec spec, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        Require(spec.Size, "spec.size", "write the size to expand to, such as 20Gi.", errors);
        if (spec.Size.Length == 0)
            return;
        if (!ByteSize.TryParse(spec.Size, out var bytes) || bytes <= 0)
            errors.Add(new FieldError("spec.size", spec.Size, $"'{spec.Size}' is no size: write bytes or a quantity such as 20Gi."));
        else if (await store.GetAsync(Kinds.Volume, spec.VolumeName, cancellationToken) is { } volume && bytes < volume.Spec.SizeBytes)
            errors.Add(new FieldError("spec.size", spec.Size, $"a volume cannot shrink: '{volume.Name}' has {volume.Spec.SizeBytes} bytes.", FieldErrorKind.Forbidden));
    }

    private static async ValueTask CheckVerifyAsync(VolumeOperationSpec spec, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        var named = new[] { spec.VolumeName, spec.BackupName, spec.BackupTargetName }.Count(name => name.Length > 0);
        if (named != 1)
            errors.Add(new FieldError("spec", null, "name exactly one of volumeName, backupName and backupTargetName to verify.", named == 0 ? FieldErrorKind.Required : FieldErrorKind.Invalid));
        if (spec.VolumeName.Length > 0)
            await SnapshotAdmission.CheckVolumeAsync(spec.VolumeName, "spec.volumeName", errors, store, cancellationToken);
        if (spec.BackupName.Length > 0 && await store.GetAsync(Kinds.Backup, spec.BackupName, cancellationToken) is null)
            errors.Add(new FieldError("spec.backupName", spec.BackupName, $"there is no backup '{spec.BackupName}'.", FieldErrorKind.NotFound));
        if (spec.BackupTargetName.Length > 0 && await store.GetAsync(Kinds.BackupTarget, spec.BackupTargetName, cancellationToken) is null)
            errors.Add(new FieldError("spec.backupTargetName", spec.BackupTargetName, $"there is no backup target '{spec.BackupTargetName}'.", FieldErrorKind.NotFound));
    }
}
