using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Ankole.Control;

namespace Ankole.Server;

/// <summary>What a write makes of a resource: which fields are the store's own, when the generation grows, when nothing changed.</summary>
internal static class ResourceWrites
{
    /// <summary>Without vowels and look-alikes, as Kubernetes makes them: no word arises by chance.</summary>
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    private const int GeneratedLetters = 5;

    public static T New<T>(ResourceKind kind, T resource, DateTimeOffset now) where T : Resource
    {
        var metadata = resource.Metadata;
        if (metadata.Name.Length == 0)
            metadata = metadata with { Name = metadata.GenerateName + RandomNumberGenerator.GetString(NameLetters, GeneratedLetters) };
        var stored = (T)((Resource)resource with
        {
            Metadata = metadata with
            {
                Namespace = NamespaceOf(kind, metadata), Uid = Guid.NewGuid().ToString(), ResourceVersion = null, Generation = 1,
                CreationTimestamp = ToSeconds(now), DeletionTimestamp = null,
            },
        });
        return Normalize(kind, kind.HasStatus ? (T)kind.WithStatusOf(stored, null) : stored);
    }

    /// <summary>The resource to store in the place of <paramref name="old"/>; the same object when nothing changed.</summary>
    public static Resource Updated(ResourceKind kind, Resource old, Resource wanted)
    {
        wanted = wanted with { Metadata = ManagedAs(old.Metadata, wanted.Metadata) };
        if (kind.HasStatus)
            wanted = kind.WithStatusOf(wanted, old);
        wanted = Normalize(kind, wanted);
        if (AreEqual(kind, old, wanted))
            return old;
        return AreEqual(kind, old with { Metadata = new ObjectMeta() }, wanted with { Metadata = new ObjectMeta() })
            ? wanted
            : wanted with { Metadata = wanted.Metadata with { Generation = old.Metadata.Generation + 1 } };
    }

    /// <inheritdoc cref="Updated"/>
    public static Resource StatusUpdated(ResourceKind kind, Resource old, Resource wanted)
    {
        var after = kind.WithStatusOf(old, wanted);
        return AreEqual(kind, old, after) ? old : Normalize(kind, after);
    }

    public static Resource MarkedDeleted(Resource old, DateTimeOffset now) => old with
    {
        Metadata = old.Metadata with { DeletionTimestamp = ToSeconds(now), Generation = old.Metadata.Generation + 1 },
    };

    public static string? NamespaceOf(ResourceKind kind, ObjectMeta metadata) => !kind.IsNamespaced ? null : metadata.Namespace is { Length: > 0 } given ? given : "default";

    private static ObjectMeta ManagedAs(ObjectMeta old, ObjectMeta wanted) => wanted with
    {
        Namespace = old.Namespace, Uid = old.Uid, ResourceVersion = old.ResourceVersion, Generation = old.Generation,
        CreationTimestamp = old.CreationTimestamp, DeletionTimestamp = old.DeletionTimestamp, GenerateName = old.GenerateName,
    };

    private static T Normalize<T>(ResourceKind kind, T resource) where T : Resource
    {
        if (resource is SecretResource secret)
            return (T)(Resource)SecretRedaction.Normalize(secret);
        // Through JSON and back, so that what is returned is what a later read returns: times are kept to the second.
        return (T)kind.Parse(kind.ToJson(resource));
    }

    /// <summary>As JSON, whatever the order of an object's members: then both have the same length, so most differences show without a closer look.</summary>
    private static bool AreEqual(ResourceKind kind, Resource one, Resource other)
    {
        byte[] before = kind.ToJson(one), after = kind.ToJson(other);
        return before.Length == after.Length && (before.AsSpan().SequenceEqual(after) || JsonNode.DeepEquals(JsonNode.Parse(before), JsonNode.Parse(after)));
    }

    private static DateTimeOffset ToSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
