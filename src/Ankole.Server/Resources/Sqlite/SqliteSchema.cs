using Ankole.Core;
using Microsoft.Data.Sqlite;

namespace Ankole.Server;

/// <summary>
/// The tables of the resource store, and how an older file becomes today's.
/// <code>
/// revisions       every state of every resource that is still of use: the current ones, and those that a watch or a page of a list may ask for.
///   version       the resource version: one sequence over all kinds, never used twice (AUTOINCREMENT)
///   previous      the state that this one took the place of; NULL: the resource was created here
///   superseded    the version that took this one's place; NULL: the current state. A deletion is a row without a body, superseded by itself.
///   body          the resource as JSON without its resourceVersion; a Secret's values are encrypted in it
/// revision_index  labels and some fields of each revision, in the order of a list
/// facts           compacted: changes after this version are complete, what was before is gone
///                 shape, shape_since: which program has written the rows after which version (StoredShape)
/// </code>
/// The state at version V is the rows with version ≤ V that are not superseded at V: pages of one list and the watch that follows it agree.
/// </summary>
internal static class SqliteSchema
{
    private static readonly string[] Migrations =
    [
        """
        CREATE TABLE revisions (
          version INTEGER PRIMARY KEY AUTOINCREMENT,
          kind TEXT NOT NULL,
          namespace TEXT NOT NULL,
          name TEXT NOT NULL,
          previous INTEGER,
          superseded INTEGER,
          body BLOB
        );
        CREATE UNIQUE INDEX revisions_current ON revisions (kind, namespace, name) WHERE superseded IS NULL;
        CREATE INDEX revisions_by_name ON revisions (kind, namespace, name, version, superseded);
        CREATE INDEX revisions_by_kind ON revisions (kind, version);
        CREATE INDEX revisions_superseded ON revisions (superseded) WHERE superseded IS NOT NULL;
        CREATE TABLE revision_index (
          kind TEXT NOT NULL,
          path TEXT NOT NULL,
          value TEXT NOT NULL,
          namespace TEXT NOT NULL,
          name TEXT NOT NULL,
          version INTEGER NOT NULL,
          PRIMARY KEY (kind, path, value, namespace, name, version)
        ) WITHOUT ROWID;
        CREATE INDEX revision_index_by_version ON revision_index (version);
        CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO facts VALUES ('compacted', 1);
        INSERT INTO sqlite_sequence (name, seq) VALUES ('revisions', 1);
        """,
    ];

    /// <summary>Brings the file to this program's schema, one committed step after the other.</summary>
    /// <exception cref="AnkoleException">The file was written by a newer Ankole.</exception>
    public static void Migrate(SqliteSession session)
    {
        var found = session.Scalar("PRAGMA user_version");
        if (found > Migrations.Length)
            throw new AnkoleException(
                ErrorKind.Refused, $"the resource store is of schema version {found}, and this program knows versions up to {Migrations.Length}. Run the newer Ankole that wrote it.");
        for (var step = (int)found; step < Migrations.Length; step++)
        {
            session.Execute("BEGIN IMMEDIATE");
            session.Execute(Migrations[step]);
            session.Execute($"PRAGMA user_version = {step + 1}");
            session.Execute("COMMIT");
        }
    }

    /// <param name="durable">
    /// True: a commit is on disk before it is acknowledged (synchronous=FULL). NORMAL would lose the newest commits with a power failure, and
    /// with them hand out resource versions a second time for other contents; commits in groups make FULL affordable.
    /// </param>
    public static SqliteConnection Open(string path, bool durable)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(durable ? "FULL" : "OFF")}; PRAGMA busy_timeout = 10000; PRAGMA cache_size = -4096;";
        command.ExecuteNonQuery();
        return connection;
    }
}
