using Ankole.Control;
using Ankole.Core;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Server;

/// <summary>
/// Resources in a SQLite file, with the semantics of a Kubernetes API server. One connection writes, several read beside it (WAL); memory does
/// not grow with the number of resources. Secrets are encrypted in the file and in clear here: what a person may see of them is
/// <see cref="RedactingResourceStore"/>'s to decide.
/// </summary>
public sealed partial class SqliteResourceStore : IResourceStore, IAsyncDisposable
{
    private readonly TimeProvider time;
    private readonly SqliteResourceStoreOptions options;
    private readonly RevisionTable revisions;
    private readonly StoredShape shape;
    private readonly SqliteWriter writer;
    private readonly SqliteReaders readers;
    private readonly ChangeSignals signals = new();
    private readonly OwnedCollector collector;
    private readonly HistoryCompaction compaction;
    private readonly string? temporaryFolder;
    private int isDisposed;

    /// <summary>Of the transaction that is being written; touched by the writer's thread only.</summary>
    private readonly HashSet<string> changedKinds = [];

    private SqliteResourceStore(
        string path, TimeProvider time, ISecretProtector protector, SqliteResourceStoreOptions options, ILogger logger, string? temporaryFolder)
    {
        this.time = time;
        this.options = options;
        this.temporaryFolder = temporaryFolder;
        compaction = new HistoryCompaction(options.History);
        revisions = new RevisionTable(new SecretSealing(protector, logger));
        var session = OpenMigrated(path, options.Durable, out shape);
        readers = new SqliteReaders(path, options.Durable);
        collector = new OwnedCollector(this, logger);
        writer = new SqliteWriter(session, compaction.Run, RaiseSignals);
        collector.Start();
    }

    /// <summary>Opens the store in the file, which is made if there is none, with mode 0600.</summary>
    /// <param name="keys">Encrypts the values of Secrets.</param>
    /// <exception cref="AnkoleException">The file is of a newer Ankole.</exception>
    public static SqliteResourceStore Open(
        string path, TimeProvider time, IDataProtectionProvider keys, ILogger logger, SqliteResourceStoreOptions? options = null)
    {
        if (!File.Exists(path))
            File.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        return new SqliteResourceStore(path, time, new DataProtectionSecretProtector(keys), options ?? new SqliteResourceStoreOptions(), logger, null);
    }

    /// <summary>An empty store that ends with this object, for tests.</summary>
    public static SqliteResourceStore CreateInMemory(TimeProvider time, SqliteResourceStoreOptions? options = null)
    {
        // A file in the temporary folder that is never flushed: SQLite's memory databases have no WAL, so readers would wait for the writer.
        options ??= new SqliteResourceStoreOptions();
        var folder = Directory.CreateTempSubdirectory("ankole-store-").FullName;
        return new SqliteResourceStore(
            Path.Combine(folder, "resources.db"), time, new DataProtectionSecretProtector(new EphemeralDataProtectionProvider()),
            new SqliteResourceStoreOptions { History = options.History, BookmarkInterval = options.BookmarkInterval, Durable = false }, NullLogger.Instance, folder);
    }

    /// <summary>A container may hold it under two types and end it twice.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 1)
            return;
        await collector.DisposeAsync();
        await writer.DisposeAsync();
        readers.Dispose();
        if (temporaryFolder is not null)
            Directory.Delete(temporaryFolder, recursive: true);
    }

    private static SqliteSession OpenMigrated(string path, bool durable, out StoredShape shape)
    {
        try
        {
            var session = new SqliteSession(SqliteSchema.Open(path, durable));
            SqliteSchema.Migrate(session);
            shape = StoredShape.Begin(session);
            return session;
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw StoreErrors.Wrap(e);
        }
    }

    private void RaiseSignals()
    {
        foreach (var kind in changedKinds)
            signals.Raise(kind);
        changedKinds.Clear();
    }
}
