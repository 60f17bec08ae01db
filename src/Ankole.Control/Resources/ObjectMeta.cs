namespace Ankole.Control;

/// <summary>What every resource carries beside its own fields (Kubernetes API conventions, "Metadata").</summary>
public sealed record ObjectMeta
{
    public string Name { get; set; } = "";

    /// <summary>A prefix: with an empty <see cref="Name"/> the store appends five random characters.</summary>
    public string? GenerateName { get; set; }

    /// <summary>Null for kinds that belong to no namespace.</summary>
    public string? Namespace { get; set; }

    /// <summary>Given by the store at creation; a resource deleted and made again has another one.</summary>
    public string? Uid { get; set; }

    /// <summary>Opaque; changes with every write. An update that carries one succeeds only while it is still the stored one.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Counts changes of what is wanted (everything but metadata and status), from 1.</summary>
    public long Generation { get; set; }

    public DateTimeOffset? CreationTimestamp { get; set; }

    /// <summary>Set by a deletion while <see cref="Finalizers"/> is not empty; the resource goes when the last finalizer is taken off.</summary>
    public DateTimeOffset? DeletionTimestamp { get; set; }

    public IReadOnlyDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; set; } = new Dictionary<string, string>();

    public IReadOnlyList<string> Finalizers { get; set; } = [];

    /// <summary>When all owners are gone, so is this.</summary>
    public IReadOnlyList<OwnerReference> OwnerReferences { get; set; } = [];
}

/// <summary>The resource that this one belongs to.</summary>
public sealed record OwnerReference(string ApiVersion, string Kind, string Name, string Uid, bool? Controller = null, bool? BlockOwnerDeletion = null);
