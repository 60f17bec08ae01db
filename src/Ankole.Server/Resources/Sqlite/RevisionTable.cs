using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Control;
using Microsoft.Data.Sqlite;

namespace Ankole.Server;

/// <summary>A stored state of a resource.</summary>
/// <param name="Resource">With its version, and a Secret's values in clear.</param>
internal sealed record Revision(long Version, Resource Resource);

/// <summary>The statements on <c>revisions</c> and their index (<see cref="SqliteSchema"/>).</summary>
internal sealed class RevisionTable(SecretSealing sealing)
{
    public static string KeyOf(ResourceKind kind) => $"{kind.Group}/{kind.Plural}";

    /// <summary>The newest version of all kinds.</summary>
    public static long Latest(SqliteSession session) => session.Scalar("SELECT seq FROM sqlite_sequence WHERE name = 'revisions'");

    public static long Compacted(SqliteSession session) => session.Scalar("SELECT value FROM facts WHERE name = 'compacted'");

    public static bool UidExists(SqliteSession session, string uid) => session.Scalar(
        """
        SELECT EXISTS (SELECT 1 FROM revision_index i JOIN revisions r ON r.version = i.version
          WHERE i.kind = '' AND i.path = '@uid' AND i.value = $1 AND r.superseded IS NULL)
        """, uid) == 1;

    public static bool OwnsAnything(SqliteSession session, string uid) => session.Scalar(
        "SELECT EXISTS (SELECT 1 FROM revision_index WHERE kind = '' AND path = '@owner' AND value = $1)", uid) == 1;

    public Revision? Current(SqliteSession session, ResourceKey key)
    {
        var command = session.Command(
            "SELECT version, body FROM revisions WHERE kind = $1 AND namespace = $2 AND name = $3 AND superseded IS NULL", KeyOf(key.Kind), key.Namespace ?? "", key.Name);
        using var row = command.ExecuteReader();
        return row.Read() ? Open(key.Kind, row.GetInt64(0), row.GetFieldValue<byte[]>(1)) : null;
    }

    /// <summary>Stores a new state in the place of <paramref name="previous"/>; returns it with its version.</summary>
    public T Insert<T>(SqliteSession session, ResourceKey key, T resource, long? previous) where T : Resource
    {
        var version = Latest(session) + 1;
        var kind = KeyOf(key.Kind);
        var body = Seal(key.Kind, resource);
        if (previous is not null)
            session.Execute("UPDATE revisions SET superseded = $1 WHERE version = $2", version, previous);
        session.Execute(
            "INSERT INTO revisions (version, kind, namespace, name, previous, body) VALUES ($1, $2, $3, $4, $5, $6)",
            version, kind, key.Namespace ?? "", key.Name, previous, body);
        foreach (var entry in IndexedFields.EntriesOf(kind, key.Kind, JsonNode.Parse(body)!.AsObject()))
            session.Execute(
                "INSERT OR IGNORE INTO revision_index (kind, path, value, namespace, name, version) VALUES ($1, $2, $3, $4, $5, $6)",
                entry.Kind, entry.Path, entry.Value, key.Namespace ?? "", key.Name, version);
        return WithVersion(resource, version);
    }

    /// <summary>Removes the state <paramref name="previous"/>; returns it with the deletion's version.</summary>
    public static T Delete<T>(SqliteSession session, ResourceKey key, T last, long previous) where T : Resource
    {
        var version = Latest(session) + 1;
        session.Execute("UPDATE revisions SET superseded = $1 WHERE version = $2", version, previous);
        session.Execute(
            "INSERT INTO revisions (version, kind, namespace, name, previous, superseded) VALUES ($1, $2, $3, $4, $5, $1)",
            version, KeyOf(key.Kind), key.Namespace ?? "", key.Name, previous);
        return WithVersion(last, version);
    }

    public Resource Open(ResourceKind kind, long version, ReadOnlySpan<byte> body)
    {
        var resource = kind.Parse(body);
        return WithVersion(resource is SecretResource secret ? sealing.Open(secret) : resource, version);
    }

    private Revision Open(ResourceKind kind, long version, byte[] body) => new(version, Open(kind, version, body.AsSpan()));

    private byte[] Seal(ResourceKind kind, Resource resource)
    {
        resource = resource with { Metadata = resource.Metadata with { ResourceVersion = null } };
        return kind.ToJson(resource is SecretResource secret ? sealing.Seal(secret) : resource);
    }

    private static T WithVersion<T>(T resource, long version) where T : Resource =>
        (T)((Resource)resource with { Metadata = resource.Metadata with { ResourceVersion = version.ToString(CultureInfo.InvariantCulture) } });
}
