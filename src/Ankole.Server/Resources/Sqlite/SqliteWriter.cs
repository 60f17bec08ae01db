using System.Threading.Channels;

namespace Ankole.Server;

/// <summary>
/// The one connection that writes, on a thread of its own. Writes that wait together are committed together, so that flushing to disk is paid
/// once for all of them; each still succeeds or fails alone.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    /// <summary>Writes in one commit at most: the first of them waits for all of them.</summary>
    private const int MaxBatch = 64;

    /// <summary>Writes that wait at most; then callers wait for room.</summary>
    private const int MaxWaiting = 1024;

    private readonly SqliteSession session;
    private readonly Action<SqliteSession> beforeCommit;
    private readonly Action afterCommit;
    private readonly Channel<Write> queue = Channel.CreateBounded<Write>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Task loop;

    /// <param name="beforeCommit">Runs in every transaction after its writes.</param>
    /// <param name="afterCommit">Runs when a transaction is on disk, before its writers learn of it.</param>
    public SqliteWriter(SqliteSession session, Action<SqliteSession> beforeCommit, Action afterCommit)
    {
        this.session = session;
        this.beforeCommit = beforeCommit;
        this.afterCommit = afterCommit;
        loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Once it waits its turn, a write is carried out; cancellation only ends the wait for room.</summary>
    public async ValueTask<T> WriteAsync<T>(Func<SqliteSession, T> write, CancellationToken cancellationToken)
    {
        var queued = new Write<T>(write);
        try
        {
            await queue.Writer.WriteAsync(queued, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException("The resource store is closed.", e);
        }
        return await queued.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        session.Dispose();
    }

    private void Run()
    {
        var batch = new List<Write>(MaxBatch);
        while (WaitForWrites(batch))
        {
            try
            {
                Commit(batch);
                foreach (var write in batch)
                    write.Complete();
            }
            catch (Exception e)
            {
                foreach (var write in batch)
                    write.Fail(StoreErrors.Wrap(e));
            }
            batch.Clear();
        }
    }

    /// <summary>This thread has nothing else to do than to wait here.</summary>
    private bool WaitForWrites(List<Write> batch)
    {
        var available = queue.Reader.WaitToReadAsync().AsTask();
        ((IAsyncResult)available).AsyncWaitHandle.WaitOne();
        if (!available.Result)
            return false;
        while (batch.Count < MaxBatch && queue.Reader.TryRead(out var write))
            batch.Add(write);
        return true;
    }

    private void Commit(List<Write> batch)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            foreach (var write in batch)
            {
                session.Execute("SAVEPOINT one");
                if (!write.TryRun(session))
                    session.Execute("ROLLBACK TO one");
                session.Execute("RELEASE one");
            }
            beforeCommit(session);
            session.Execute("COMMIT");
        }
        catch
        {
            session.RollBackIfOpen();
            throw;
        }
        afterCommit();
    }

    private abstract class Write
    {
        /// <returns>False: it failed, and its changes must go.</returns>
        public abstract bool TryRun(SqliteSession session);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Write<T>(Func<SqliteSession, T> run) : Write
    {
        private T? result;
        private Exception? error;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool TryRun(SqliteSession session)
        {
            try
            {
                result = run(session);
                return true;
            }
            catch (Exception e)
            {
                error = StoreErrors.Wrap(e);
                return false;
            }
        }

        public override void Complete()
        {
            if (error is null)
                Done.SetResult(result!);
            else
                Done.SetException(error);
        }

        public override void Fail(Exception e) => Done.SetException(e);
    }
}
