namespace Ankole.Control;

/// <summary>
/// Lets starts go before work: while a run is being started, the work of those that have started waits. At a tick of many jobs every one of them is
/// recorded as begun before the first one makes the host busy.
/// </summary>
/// <remarks>All members may be called at the same time. A start is two reads and a write of the resource store, so nobody waits long.</remarks>
internal sealed class RunStarts
{
    private readonly Lock guard = new();
    private int underWay;
    private TaskCompletionSource? quiet;

    /// <summary>A start is under way until the result is disposed.</summary>
    public IDisposable Enter()
    {
        lock (guard)
            underWay++;
        return new Start(this);
    }

    /// <summary>Completes when no start is under way.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (guard)
        {
            if (underWay == 0)
                return Task.CompletedTask;
            quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return quiet.Task.WaitAsync(cancellationToken);
        }
    }

    private void Leave()
    {
        lock (guard)
        {
            if (--underWay > 0)
                return;
            quiet?.SetResult();
            quiet = null;
        }
    }

    private sealed class Start(RunStarts starts) : IDisposable
    {
        public void Dispose() => starts.Leave();
    }
}
