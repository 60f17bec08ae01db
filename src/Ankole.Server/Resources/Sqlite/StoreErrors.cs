using Ankole.Core;
using Microsoft.Data.Sqlite;

namespace Ankole.Server;

/// <summary>SQLite's errors as ours: what failed, why, and what to do.</summary>
internal static class StoreErrors
{
    /// <summary>SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_NOTADB (sqlite.org, "Result and Error Codes").</summary>
    private const int IoError = 10, Corrupt = 11, Full = 13, NotADatabase = 26;

    public static Exception Wrap(Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: Full } => new AnkoleException(
            ErrorKind.Unavailable, "the resource store cannot be written: the disk of the data folder is full. Make room; what waits is tried again.", e),
        SqliteException { SqliteErrorCode: Corrupt or NotADatabase } => new AnkoleException(
            ErrorKind.Damaged, "the resource store is damaged: stop the daemon, move resources.db, resources.db-wal and resources.db-shm out of the data folder, and put back a copy of them with keys/. " +
            "Without a copy 'ankoled doctor --fix' makes the volumes again from replicas/, and a backup target that is given anew shows its backups again.", e),
        SqliteException { SqliteErrorCode: IoError } io => new AnkoleException(
            ErrorKind.Unavailable, $"the resource store cannot be read or written: {io.Message} Look after the disk of the data folder.", e),
        SqliteException other => new AnkoleException(ErrorKind.Failed, $"the resource store failed: {other.Message}", e),
        _ => e,
    };
}
