using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>Owns the runs that go on in this process, at most one of each job.</summary>
internal sealed class JobRuns(ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Running> byJob = new();

    /// <summary>Does nothing while this very run goes on.</summary>
    /// <param name="uid">The job's.</param>
    public void Ensure(string uid, string job, long run, Func<CancellationToken, Task> work)
    {
        if (IsRunning(uid, run))
            return;
        var next = new Running(run);
        byJob[uid] = next;
        next.Task = Task.Run(() => OwnAsync(uid, job, next, work));
    }

    public bool IsRunning(string uid, long run) => byJob.TryGetValue(uid, out var running) && running.Run == run && !running.HasEnded;

    /// <summary>Stops the job's run, if one goes on, and waits until it has stopped.</summary>
    public async Task StopAsync(string uid)
    {
        if (!byJob.TryGetValue(uid, out var running))
            return;
        await running.Stop.CancelAsync();
        await running.Task;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(byJob.Keys.Select(StopAsync));

    private async Task OwnAsync(string uid, string job, Running running, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(running.Stop.Token);
        }
        catch (OperationCanceledException) when (running.Stop.IsCancellationRequested)
        {
            // Its place in the job's status stays, and the next start goes on there.
        }
        catch (Exception e)
        {
            // The owner's boundary: the reconciler finds the run unfinished and goes on with it.
            JobLog.RunBroke(logger, job, running.Run, e);
        }
        finally
        {
            running.HasEnded = true;
            byJob.TryRemove(new KeyValuePair<string, Running>(uid, running));
        }
    }

    private sealed class Running(long run)
    {
        public long Run { get; } = run;

        public CancellationTokenSource Stop { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        public volatile bool HasEnded;
    }
}
