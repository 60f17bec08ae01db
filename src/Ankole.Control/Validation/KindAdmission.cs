namespace Ankole.Control;

/// <summary>The rules of one kind, by its type, and the checks that many of them need.</summary>
public abstract class KindAdmission<T> : IKindAdmission where T : Resource
{
    public abstract ResourceKind Kind { get; }

    public async ValueTask<Resource> AdmitAsync(
        Resource resource, Resource? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken) =>
        await AdmitAsync((T)resource, (T?)old, errors, store, cancellationToken);

    public ValueTask AdmitDeletionAsync(Resource resource, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken) =>
        AdmitDeletionAsync((T)resource, errors, store, cancellationToken);

    protected abstract ValueTask<T> AdmitAsync(T resource, T? old, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken);

    protected virtual ValueTask AdmitDeletionAsync(T resource, List<FieldError> errors, IResourceStore store, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    protected static void Check(bool holds, string field, string? value, string message, List<FieldError> errors, FieldErrorKind kind = FieldErrorKind.Invalid)
    {
        if (!holds)
            errors.Add(new FieldError(field, value, message, kind));
    }

    /// <param name="old">Null when the resource is new.</param>
    protected static void CheckUnchanged(string? old, string value, string field, List<FieldError> errors)
    {
        if (old is not null && old != value)
            errors.Add(new FieldError(field, value, $"this is fixed at creation and stays '{old}'.", FieldErrorKind.Forbidden));
    }
}
