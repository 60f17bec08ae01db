namespace Ankole.Volumes;

/// <summary>
/// Many callers, few flushes: whoever comes while a flush runs shares the next one, which begins after all of them came. After a flush has failed
/// the kernel may have dropped what it could not write, so a later success would mean nothing: every later flush fails too.
/// </summary>
internal sealed class FlushGroup(Action flush)
{
    private readonly Lock sync = new();
    private TaskCompletionSource? next;
    private bool running;
    private Exception? failure;

    public ValueTask FlushAsync()
    {
        lock (sync)
        {
            if (failure is not null)
                return ValueTask.FromException(failure);
            next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var turn = next.Task;
            if (!running)
            {
                running = true;
                ThreadPool.UnsafeQueueUserWorkItem(static group => group.Run(), this, preferLocal: false);
            }
            return new ValueTask(turn);
        }
    }

    private void Run()
    {
        while (TakeBatch() is { } batch)
        {
            try
            {
                if (failure is not null)
                    throw failure;
                flush();
                batch.SetResult();
            }
            catch (Exception e)
            {
                lock (sync)
                    failure ??= e;
                batch.SetException(e);
            }
        }
    }

    private TaskCompletionSource? TakeBatch()
    {
        lock (sync)
        {
            var batch = next;
            next = null;
            running = batch is not null;
            return batch;
        }
    }
}
