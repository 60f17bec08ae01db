namespace Ankole.Server;

/// <summary>Forgets states that took no part in anything for the last so many changes, a little with each commit that has made some.</summary>
internal sealed class HistoryCompaction(int history)
{
    /// <summary>Changes by which the history may be longer: small enough to be removed in a millisecond or two, large enough to be worth it.</summary>
    private const int Slack = 256;

    /// <summary>After a larger number was written at once (or the setting lowered), several commits share the work.</summary>
    private const int MaxStep = 2 * Slack;

    public void Run(SqliteSession session)
    {
        var compacted = RevisionTable.Compacted(session);
        var wanted = RevisionTable.Latest(session) - history;
        if (wanted - compacted < Slack)
            return;
        var upTo = Math.Min(wanted, compacted + MaxStep);
        session.Execute("DELETE FROM revision_index WHERE version IN (SELECT version FROM revisions WHERE superseded <= $1)", upTo);
        session.Execute("DELETE FROM revisions WHERE superseded <= $1", upTo);
        session.Execute("UPDATE facts SET value = $1 WHERE name = 'compacted'", upTo);
    }
}
