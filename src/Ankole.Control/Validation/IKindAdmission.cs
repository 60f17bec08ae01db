namespace Ankole.Control;

/// <summary>The rules of one kind.</summary>
public interface IKindAdmission
{
    ResourceKind Kind { get; }

    /// <summary>The resource with its defaults; mistakes are added to <paramref name="errors"/> and never thrown one by one.</summary>
    /// <param name="old">Null when it is created.</param>
    ValueTask<Resource> AdmitAsync(Resource resource, Resource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken);

    /// <summary>Reasons why it must stay are added to <paramref name="errors"/>.</summary>
    ValueTask AdmitDeletionAsync(Resource resource, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken);
}
