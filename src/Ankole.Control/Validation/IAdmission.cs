namespace Ankole.Control;

/// <summary>
/// What a resource must pass before it is stored, whoever sends it: defaults are filled in, then every rule is checked. Controllers of the
/// system itself write past it.
/// </summary>
public interface IAdmission
{
    /// <summary>The resource to store, completed and normalised.</summary>
    /// <param name="old">Null when it is created.</param>
    /// <param name="store">To look at what it refers to.</param>
    /// <exception cref="InvalidResourceException">It breaks rules; all mistakes are in it.</exception>
    ValueTask<Resource> AdmitAsync(Resource resource, Resource? old, IResourceStore store, CancellationToken cancellationToken);

    /// <exception cref="InvalidResourceException">It must stay: the message says why.</exception>
    ValueTask AdmitDeletionAsync(Resource resource, IResourceStore store, CancellationToken cancellationToken);
}
