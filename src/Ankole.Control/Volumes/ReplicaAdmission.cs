namespace Ankole.Control;

/// <summary>Replicas show where a volume's bytes are: they come and go with it.</summary>
public sealed class ReplicaAdmission : KindAdmission<ReplicaResource>
{
    public override ResourceKind Kind => Kinds.Replica;

    protected override ValueTask<ReplicaResource> AdmitAsync(
        ReplicaResource replica, ReplicaResource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (old is null)
            errors.Add(new FieldError("kind", "Replica", "a replica is made with its volume; it cannot be created by hand.", FieldErrorKind.Forbidden));
        else if (old.Spec != replica.Spec)
            errors.Add(new FieldError("spec", null, "where a replica lies is the system's to say.", FieldErrorKind.Forbidden));
        return ValueTask.FromResult(replica);
    }

    protected override async ValueTask AdmitDeletionAsync(ReplicaResource replica, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(Kinds.Volume, replica.Spec.VolumeName, cancellationToken) is not null)
            errors.Add(new FieldError("metadata.name", replica.Name, $"it is the only copy of volume '{replica.Spec.VolumeName}': delete the volume instead.", FieldErrorKind.Forbidden));
    }
}
