using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Server;

public sealed partial class SqliteResourceStore
{
    /// <summary>Resources or changes that a watch holds in memory at a time.</summary>
    private const int WatchBatch = 200;

    public async IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        query = query with { Continue = null };
        long after;
        if (fromVersion is null)
        {
            var page = await ListAsync(query with { Limit = WatchBatch }, cancellationToken);
            foreach (var item in page.Items)
                yield return new ResourceEvent(ResourceChange.Added, item);
            while (page.Continue is not null)
            {
                page = await ListAsync(query with { Limit = WatchBatch, Continue = page.Continue }, cancellationToken);
                foreach (var item in page.Items)
                    yield return new ResourceEvent(ResourceChange.Added, item);
            }
            after = ParseVersion(page.Version);
            yield return Bookmark(query.Kind, after);
        }
        else
        {
            after = ParseVersion(fromVersion);
        }
        var told = after;
        while (true)
        {
            // Asked for before reading, so that a commit after the read is not missed.
            var changed = signals.NextAsync(RevisionTable.KeyOf(query.Kind));
            var batch = await readers.ReadAsync(session => ReadChanges(session, query, after), cancellationToken);
            foreach (var change in batch.Events)
                yield return change;
            after = batch.UpTo;
            if (batch.Events.Count > 0)
                told = after;
            if (!batch.IsComplete)
                continue;
            if (!await CompletesWithinAsync(changed, options.BookmarkInterval, cancellationToken) && after > told)
                yield return Bookmark(query.Kind, told = after);
        }
    }

    private ChangeBatch ReadChanges(SqliteSession session, ResourceQuery query, long after)
    {
        var latest = RevisionTable.Latest(session);
        if (after < RevisionTable.Compacted(session) || after > latest)
            throw new ResourceExpiredException($"Version {after}");
        var rows = RevisionScan.Changes(session, query.Kind, after, WatchBatch);
        var events = new List<ResourceEvent>(rows.Count);
        foreach (var row in rows)
            if (ToEvent(query, row) is { } change)
                events.Add(change);
        return rows.Count == WatchBatch ? new ChangeBatch(events, rows[^1].Version, false) : new ChangeBatch(events, latest, true);
    }

    /// <summary>Null when neither the state before nor the one after is one that the query asks for.</summary>
    private ResourceEvent? ToEvent(ResourceQuery query, RevisionScan.ChangeRow row)
    {
        var was = row.Before is not null && RevisionScan.Matches(query, row.Before);
        var isNow = row.Body is not null && RevisionScan.Matches(query, row.Body);
        if (isNow)
            return new ResourceEvent(was ? ResourceChange.Modified : ResourceChange.Added, revisions.Open(query.Kind, row.Version, row.Body!));
        return was ? new ResourceEvent(ResourceChange.Deleted, revisions.Open(query.Kind, row.Version, row.Before!)) : null;
    }

    private async ValueTask<bool> CompletesWithinAsync(Task task, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static ResourceEvent Bookmark(ResourceKind kind, long version)
    {
        var empty = kind.Parse("{}"u8);
        return new ResourceEvent(ResourceChange.Bookmark, empty with { Metadata = new ObjectMeta { ResourceVersion = Text(version) } });
    }

    /// <exception cref="InvalidInputException">The text is no version of ours.</exception>
    private static long ParseVersion(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        ? version
        : throw new InvalidInputException($"'{text}' is no resource version: use the one of a list or of a resource.");

    /// <param name="IsComplete">Nothing followed when it was read.</param>
    private sealed record ChangeBatch(IReadOnlyList<ResourceEvent> Events, long UpTo, bool IsComplete);
}
