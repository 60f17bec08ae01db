namespace Ankole.Control;

/// <summary>Names one resource.</summary>
/// <param name="Namespace">Null for kinds that belong to no namespace.</param>
public sealed record ResourceKey(ResourceKind Kind, string? Namespace, string Name)
{
    public static ResourceKey Of(Resource resource) => new(
        Kinds.FindByKind(resource.ApiVersion, resource.Kind) ?? throw new ArgumentException($"no kind {resource.ApiVersion} {resource.Kind}", nameof(resource)),
        resource.Metadata.Namespace, resource.Name);

    public override string ToString() => Namespace is null ? $"{Kind} '{Name}'" : $"{Kind} '{Namespace}/{Name}'";
}
