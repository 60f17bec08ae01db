using Ankole.Control;

namespace Ankole.Server;

public sealed partial class SqliteResourceStore
{
    /// <summary>Resources deleted in one transaction at most, so that other writes come in between.</summary>
    private const int CollectBatch = 50;

    /// <summary>A resource may be written with an owner that is gone already.</summary>
    private void CheckOwners(SqliteSession session, Resource resource)
    {
        foreach (var owner in resource.Metadata.OwnerReferences)
            if (!RevisionTable.UidExists(session, owner.Uid))
                collector.OwnerGone(owner.Uid);
    }

    /// <summary>Owners that something still names and that do not exist.</summary>
    internal ValueTask<IReadOnlyList<string>> FindOwnersGoneAsync(CancellationToken cancellationToken) => readers.ReadAsync(
        session =>
        {
            var owners = new List<string>();
            using (var row = session.Command(
                """
                SELECT DISTINCT i.value FROM revision_index i JOIN revisions r ON r.version = i.version
                WHERE i.kind = '' AND i.path = '@owner' AND r.superseded IS NULL
                """).ExecuteReader())
                while (row.Read())
                    owners.Add(row.GetString(0));
            return (IReadOnlyList<string>)owners.FindAll(uid => !RevisionTable.UidExists(session, uid));
        },
        cancellationToken);

    /// <summary>Deletes what the owner owned alone; what has other owners only loses this one. Does nothing when the owner exists.</summary>
    internal async ValueTask CollectOwnedByAsync(string uid, CancellationToken cancellationToken)
    {
        var after = ("", "", "");
        while (true)
        {
            var (keys, last) = await writer.WriteAsync(session => (CollectBatchOf(session, uid, after, out var next), next), cancellationToken);
            if (keys < CollectBatch)
                return;
            after = last;
        }
    }

    private int CollectBatchOf(SqliteSession session, string uid, (string Kind, string Namespace, string Name) after, out (string, string, string) last)
    {
        last = after;
        if (RevisionTable.UidExists(session, uid))
            return 0;
        var owned = new List<(string Kind, string Namespace, string Name)>();
        using (var row = session.Command(
            """
            SELECT r.kind, r.namespace, r.name FROM revision_index i JOIN revisions r ON r.version = i.version
            WHERE i.kind = '' AND i.path = '@owner' AND i.value = $1 AND r.superseded IS NULL AND (r.kind, r.namespace, r.name) > ($2, $3, $4)
            ORDER BY r.kind, r.namespace, r.name LIMIT $5
            """, uid, after.Kind, after.Namespace, after.Name, CollectBatch).ExecuteReader())
            while (row.Read())
                owned.Add((row.GetString(0), row.GetString(1), row.GetString(2)));
        foreach (var (kind, @namespace, name) in owned)
            Collect(session, new ResourceKey(Kinds.All.First(known => RevisionTable.KeyOf(known) == kind), @namespace, name), uid);
        if (owned.Count > 0)
            last = owned[^1];
        return owned.Count;
    }

    private void Collect(SqliteSession session, ResourceKey key, string uid)
    {
        key = InScope(key);
        var old = revisions.Current(session, key)!;
        var others = old.Resource.Metadata.OwnerReferences.Where(owner => owner.Uid != uid).ToList();
        if (others.Exists(owner => RevisionTable.UidExists(session, owner.Uid)))
            Replace(session, key, old, old.Resource with { Metadata = old.Resource.Metadata with { OwnerReferences = others } });
        else
            Delete(session, key, null);
    }
}
