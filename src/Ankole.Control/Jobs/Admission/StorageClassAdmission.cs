namespace Ankole.Control;

/// <summary>A StorageClass with a wrong job list is refused when it is written, not when a volume is made from it.</summary>
public sealed class StorageClassAdmission : IKindAdmission
{
    public ResourceKind Kind => Kinds.StorageClass;

    public ValueTask<Resource> AdmitAsync(Resource resource, Resource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken)
    {
        StorageClassJobs.Read(((StorageClassResource)resource).Parameters, "parameters", errors);
        return ValueTask.FromResult(resource);
    }

    public ValueTask AdmitDeletionAsync(Resource resource, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;
}
