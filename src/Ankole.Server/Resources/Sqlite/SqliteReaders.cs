using System.Collections.Concurrent;

namespace Ankole.Server;

/// <summary>
/// Connections for reading. Each read sees one state of the store, whatever is written meanwhile (WAL), and holds its connection only while it
/// reads a page: a watch that waits holds none.
/// </summary>
internal sealed class SqliteReaders(string path, bool durable) : IDisposable
{
    /// <summary>Reads at the same time; further ones wait. A page takes milliseconds, so few connections serve many.</summary>
    private const int MaxReaders = 4;

    private readonly SemaphoreSlim free = new(MaxReaders, MaxReaders);
    private readonly ConcurrentBag<SqliteSession> idle = [];

    public async ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken);
        try
        {
            if (!idle.TryTake(out var session))
                session = new SqliteSession(SqliteSchema.Open(path, durable));
            try
            {
                session.Execute("BEGIN");
                try
                {
                    return read(session);
                }
                catch (Microsoft.Data.Sqlite.SqliteException e)
                {
                    throw StoreErrors.Wrap(e);
                }
                finally
                {
                    session.RollBackIfOpen();
                }
            }
            finally
            {
                idle.Add(session);
            }
        }
        finally
        {
            free.Release();
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out var session))
            session.Dispose();
        free.Dispose();
    }
}
