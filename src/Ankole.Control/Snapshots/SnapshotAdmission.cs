using Ankole.Core;

namespace Ankole.Control;

/// <summary>A snapshot that is asked for is of an existing volume that takes snapshots now; afterwards nothing of it changes.</summary>
public sealed class SnapshotAdmission : KindAdmission<SnapshotResource>
{
    /// <summary>Keys that the system itself writes into snapshots and backups (Longhorn).</summary>
    internal static readonly string[] ReservedLabels = ["KubernetesStatus", "ranchervm-base-image"];

    public override ResourceKind Kind => Kinds.Snapshot;

    protected override async ValueTask<SnapshotResource> AdmitAsync(
        SnapshotResource snapshot, SnapshotResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is not null)
        {
            CheckUnchanged(old.Spec.Volume, snapshot.Spec.Volume, "spec.volume", errors);
            if (old.Spec.CreateSnapshot != snapshot.Spec.CreateSnapshot)
                errors.Add(new FieldError("spec.createSnapshot", null, "this is fixed at creation.", FieldErrorKind.Forbidden));
            if (!SameLabels(old.Spec.Labels, snapshot.Spec.Labels))
                errors.Add(new FieldError("spec.labels", null, "a snapshot's labels are stored with it and fixed at creation.", FieldErrorKind.Forbidden));
            return snapshot;
        }
        if (snapshot.Name.Length > 0 && (!ObjectName.IsValid(snapshot.Name) || snapshot.Name == "volume-head"))
            errors.Add(new FieldError("metadata.name", snapshot.Name, $"'{snapshot.Name}' is no snapshot name: use 2 to {ObjectName.MaxLength} letters, digits, '-', '_' and '.', and not volume-head."));
        CheckStoredLabels(snapshot.Spec.Labels, "spec.labels", errors);
        await CheckVolumeAsync(snapshot.Spec.Volume, "spec.volume", errors, store, cancellationToken);
        // What a person creates is to be taken; only the system mirrors what it finds.
        return snapshot with { Spec = snapshot.Spec with { CreateSnapshot = true } };
    }

    internal static bool SameLabels(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        left.Count == right.Count && left.All(label => right.GetValueOrDefault(label.Key) == label.Value);

    internal static void CheckStoredLabels(IReadOnlyDictionary<string, string> labels, string field, List<FieldError> errors)
    {
        MetadataRules.CheckLabels(labels, field, allowEmptyValue: false, errors);
        foreach (var reserved in ReservedLabels.Where(labels.ContainsKey))
            errors.Add(new FieldError($"{field}[{reserved}]", labels[reserved], $"the label '{reserved}' is the system's own: choose another key.", FieldErrorKind.Forbidden));
    }

    internal static async ValueTask<VolumeResource?> CheckVolumeAsync(
        string name, string field, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            errors.Add(new FieldError(field, null, "name the volume.", FieldErrorKind.Required));
            return null;
        }
        if (await store.GetAsync(Kinds.Volume, name, cancellationToken) is not { } volume)
        {
            errors.Add(new FieldError(field, name, $"there is no volume '{name}'.", FieldErrorKind.NotFound));
            return null;
        }
        if (volume.IsDeleting)
            errors.Add(new FieldError(field, name, $"volume '{name}' is being deleted.", FieldErrorKind.Forbidden));
        else if (volume.Spec.Standby || volume.Status.IsStandby)
            errors.Add(new FieldError(field, name, $"volume '{name}' is a standby volume: activate it first (spec.standby: false).", FieldErrorKind.Forbidden));
        else if (volume.Status.RestoreRequired)
            errors.Add(new FieldError(field, name, $"volume '{name}' is being restored: wait until that is finished.", FieldErrorKind.Forbidden));
        return volume;
    }
}
