using Ankole.Core;
using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>
/// Owns everything that takes longer than a call of a reconciler may: it runs beside, says how far it is, is stopped when it stalls or takes too
/// long, and always reaches an end that is written down. Nothing of it survives the process; resources do, and begin it again.
/// </summary>
internal sealed class BackgroundWork(TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>A heartbeat is written at least this often while nothing moves.</summary>
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    /// <summary>How long cancelled work may take to end before it is reported without it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>Waiting keys that are told when a place becomes free: more than one, because some may not want it any more.</summary>
    private const int WokenAtOnce = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Running> running = [];
    private readonly Dictionary<string, HashSet<ResourceKey>> waiting = [];
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Has a key reconciled soon. Set before the first work begins.</summary>
    public Action<ResourceKey> Wake { get; set; } = _ => { };

    /// <summary>Begins the work unless its group is full.</summary>
    /// <returns>False: there is no place; its key is reconciled when there may be one.</returns>
    public bool TryStart(WorkItem item, long limit = long.MaxValue)
    {
        lock (gate)
        {
            if (running.ContainsKey(item.Id))
                return true;
            if (stopping.IsCancellationRequested)
                return false;
            if (running.Values.Count(other => other.Item.Group == item.Group) >= limit)
            {
                Wait(item);
                return false;
            }
            var work = new Running(item, new TransferMeter(time), new CancellationTokenSource());
            running.Add(item.Id, work);
            work.Supervision = Task.Run(() => SuperviseAsync(work));
            return true;
        }
    }

    public bool IsRunning(string id)
    {
        lock (gate)
            return running.ContainsKey(id);
    }

    public bool IsIdle
    {
        get
        {
            lock (gate)
                return running.Count == 0;
        }
    }

    public int Count(string group)
    {
        lock (gate)
            return running.Values.Count(work => work.Item.Group == group);
    }

    /// <summary>Asks the work to stop; it ends as cancelled. Does nothing when there is none.</summary>
    /// <param name="reason">One sentence.</param>
    public void Cancel(string id, string reason)
    {
        lock (gate)
            if (running.TryGetValue(id, out var work))
                work.Stop(WorkOutcome.Cancelled, reason);
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        Task[] all;
        lock (gate)
            all = [.. running.Values.Select(work => work.Supervision)];
        await Task.WhenAll(all);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stopping.Dispose();
    }

    private void Wait(WorkItem item)
    {
        if (!waiting.TryGetValue(item.Group, out var keys))
            waiting[item.Group] = keys = [];
        keys.Add(item.Key);
    }

    private async Task SuperviseAsync(Running work)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(work.Stopping.Token, stopping.Token);
        var task = Task.Run(() => work.Item.RunAsync(work.Meter, both.Token), CancellationToken.None);
        await WatchOverAsync(work, task);
        if (task.IsCompleted || !stopping.IsCancellationRequested)
            await EndAsync(work, task);
        if (!task.IsCompleted)
        {
            BackgroundLog.DoesNotStop(logger, work.Item.Id);
            // Its place and its name stay taken until it is really gone. A stopping process does not wait: it takes the thread with it.
            if (!stopping.IsCancellationRequested)
                await task.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        Forget(work);
    }

    /// <summary>Returns when the work has ended, or did not although it was told to.</summary>
    private async Task WatchOverAsync(Running work, Task task)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var reported = new TransferStatus();
        var reportedAt = time.GetUtcNow();
        TimeSpan? toldToStopAt = null;
        Task<bool>? tick = null;
        var pulse = 0L;
        while (!task.IsCompleted)
        {
            tick ??= timer.WaitForNextTickAsync().AsTask();
            await Task.WhenAny(task, tick);
            if (!tick.IsCompleted)
                continue;
            tick = null;
            var meter = work.Meter;
            meter.Sample();
            if (work.Item.Pulse?.Invoke() is { } beat && beat != pulse)
            {
                pulse = beat;
                meter.Beat();
            }
            if (meter.SinceMoved > work.Item.StallAfter)
                work.Stop(WorkOutcome.Stalled, $"nothing moved for {work.Item.StallAfter.TotalSeconds:0} s, so it was stopped.");
            else if (meter.SinceStarted > work.Item.Deadline)
                work.Stop(WorkOutcome.DeadlineExceeded, $"it was not done after {work.Item.Deadline.TotalHours:0.#} hours, so it was stopped.");
            if (work.Stopping.IsCancellationRequested || stopping.IsCancellationRequested)
            {
                toldToStopAt ??= meter.SinceStarted;
                if (meter.SinceStarted - toldToStopAt > Grace)
                    return;
                continue;
            }
            var status = meter.ToStatus();
            var moved = status with { BytesPerSecond = 0 } != reported with { BytesPerSecond = 0 };
            if (moved || time.GetUtcNow() - reportedAt > HeartbeatEvery)
            {
                (reported, reportedAt) = (status, time.GetUtcNow());
                await ReportAsync(work, status);
            }
        }
    }

    private async Task ReportAsync(Running work, TransferStatus status)
    {
        if (work.Item.ReportAsync is not { } report)
            return;
        try
        {
            await report(status with { HeartbeatAt = time.GetUtcNow() }, stopping.Token);
        }
        catch (Exception e) when (e is AnkoleException or OperationCanceledException)
        {
            BackgroundLog.ReportFailed(logger, work.Item.Id, e.Message);
        }
    }

    private async Task EndAsync(Running work, Task task)
    {
        var result = ResultOf(work, task);
        if (result is null)
            return;
        try
        {
            await work.Item.EndAsync(result, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The resource still says that it runs; woken up, its reconciler finds that it does not, and begins it again.
            BackgroundLog.EndFailed(logger, work.Item.Id, e);
        }
    }

    /// <summary>Null when the system stops: that is no end.</summary>
    private WorkResult? ResultOf(Running work, Task task)
    {
        var status = work.Meter.ToStatus();
        if (task.IsCompletedSuccessfully)
            return new WorkResult(WorkOutcome.Succeeded, null, "", status);
        if (work.Outcome is { } told)
            return new WorkResult(told, task.Exception?.InnerException, work.Reason, status);
        if (stopping.IsCancellationRequested)
            return null;
        var error = task.Exception?.InnerException ?? new OperationCanceledException();
        if (error is not AnkoleException)
            BackgroundLog.Crashed(logger, work.Item.Id, error);
        return new WorkResult(WorkOutcome.Failed, error, error is AnkoleException ? error.Message : $"it failed unexpectedly: {error.Message}", status);
    }

    private void Forget(Running work)
    {
        ResourceKey[] woken;
        lock (gate)
        {
            running.Remove(work.Item.Id);
            woken = waiting.TryGetValue(work.Item.Group, out var keys) ? [.. keys.Take(WokenAtOnce)] : [];
            foreach (var key in woken)
                keys!.Remove(key);
        }
        work.Stopping.Dispose();
        if (stopping.IsCancellationRequested)
            return;
        Wake(work.Item.Key);
        foreach (var key in woken)
            Wake(key);
    }

    private sealed class Running(WorkItem item, TransferMeter meter, CancellationTokenSource stopping)
    {
        public WorkItem Item { get; } = item;

        public TransferMeter Meter { get; } = meter;

        public CancellationTokenSource Stopping { get; } = stopping;

        public Task Supervision { get; set; } = Task.CompletedTask;

        /// <summary>Why it was told to stop; the first reason counts.</summary>
        public WorkOutcome? Outcome { get; private set; }

        public string Reason { get; private set; } = "";

        public void Stop(WorkOutcome outcome, string reason)
        {
            if (Outcome is not null)
                return;
            (Outcome, Reason) = (outcome, reason);
            // Its callbacks run elsewhere: whoever asks holds a lock.
            _ = Stopping.CancelAsync();
        }
    }
}
