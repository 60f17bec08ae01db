using Ankole.Control;

namespace Ankole.Server;

public sealed partial class SqliteResourceStore
{
    public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) =>
        readers.ReadAsync(session => revisions.Current(session, InScope(key))?.Resource, cancellationToken);

    public async ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken)
    {
        var page = await readers.ReadAsync(session => List(session, query, row => revisions.Open(query.Kind, row.Version, row.Body), cancellationToken), cancellationToken);
        return new ResourceList(page.Items, page.Version, page.Continue, page.Remaining);
    }

    /// <summary>The same as JSON, which most of it is already where it is stored: a page costs a fraction of reading and writing every resource.</summary>
    internal ValueTask<StoredPage<byte[]>> ListJsonAsync(ResourceQuery query, CancellationToken cancellationToken) => readers.ReadAsync(
        session => List(
            session, query, row => shape.Show(query.Kind, row.Version, row.Body) ?? query.Kind.ToJson(revisions.Open(query.Kind, row.Version, row.Body)), cancellationToken),
        cancellationToken);

    private static StoredPage<T> List<T>(SqliteSession session, ResourceQuery query, Func<RevisionScan.Row, T> open, CancellationToken cancellationToken)
    {
        var token = query.Continue is { Length: > 0 } text ? ContinueToken.Parse(text) : null;
        var version = token?.Version ?? RevisionTable.Latest(session);
        if (version < RevisionTable.Compacted(session) || version > RevisionTable.Latest(session))
            throw new ResourceExpiredException("The continue token");
        var items = new List<T>();
        var last = token ?? new ContinueToken(version, "", "");
        foreach (var row in RevisionScan.StateAt(session, query, last))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!RevisionScan.Matches(query, row.Body))
                continue;
            if (items.Count == query.Limit)
                return new StoredPage<T>(items, Text(version), last.ToString(), Remaining(session, query, last));
            items.Add(open(row));
            last = new ContinueToken(version, row.Namespace, row.Name);
        }
        return new StoredPage<T>(items, Text(version), null, null);
    }

    private static long? Remaining(SqliteSession session, ResourceQuery query, ContinueToken after) =>
        query.HasSelectors() ? null : RevisionScan.CountAfter(session, query, after);

    private static string Text(long version) => version.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <inheritdoc cref="ResourceList"/>
internal sealed record StoredPage<T>(IReadOnlyList<T> Items, string Version, string? Continue, long? Remaining);
