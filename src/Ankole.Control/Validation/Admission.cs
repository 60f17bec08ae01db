using System.Collections.Frozen;

namespace Ankole.Control;

/// <summary>Every kind's own rules, and the ones that hold for all: names, labels.</summary>
public sealed class Admission(IEnumerable<IKindAdmission> kinds) : IAdmission
{
    private readonly FrozenDictionary<ResourceKind, IKindAdmission> byKind = kinds.ToFrozenDictionary(rules => rules.Kind);

    public async ValueTask<Resource> AdmitAsync(Resource resource, Resource? old, IResourceStore store, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(resource);
        var errors = new List<FieldError>();
        MetadataRules.Check(resource.Metadata, old is null, errors);
        if (byKind.TryGetValue(key.Kind, out var rules))
            resource = await rules.AdmitAsync(resource, old, errors, store, cancellationToken);
        return errors.Count == 0 ? resource : throw new InvalidResourceException(key, errors);
    }

    public async ValueTask AdmitDeletionAsync(Resource resource, IResourceStore store, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(resource);
        if (!byKind.TryGetValue(key.Kind, out var rules))
            return;
        var errors = new List<FieldError>();
        await rules.AdmitDeletionAsync(resource, errors, store, cancellationToken);
        if (errors.Count > 0)
            throw new InvalidResourceException(key, errors);
    }
}
