using System.Collections.Frozen;
using System.Diagnostics;
using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control;

/// <summary>
/// Runs reconcilers: one watch per kind feeds one queue per reconciler, and as many workers as it allows take keys from it.
/// </summary>
/// <remarks>
/// Lifecycle: 1. <see cref="Start"/>; every existing resource counts as changed, so what was interrupted is taken up again; 2. changes and delays
/// bring keys; 3. <see cref="StopAsync"/> lets the running calls end and starts none.
/// </remarks>
public sealed class ReconcilerHost : IAsyncDisposable
{
    /// <summary>A call that has not returned after this time is cancelled and counts as failed: long work belongs outside.</summary>
    private static readonly TimeSpan CallDeadline = TimeSpan.FromMinutes(5);

    /// <summary>Before a watch that broke is opened again.</summary>
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(1);

    private readonly IResourceStore store;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly FrozenDictionary<string, Runner> runners;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> tasks = [];
    private readonly ReconcilingMetrics metrics;

    /// <param name="random">Spreads retries; null: a seed of its own.</param>
    public ReconcilerHost(
        IResourceStore store, IEnumerable<IReconciler> reconcilers, TimeProvider time, ILogger<ReconcilerHost>? logger = null, Random? random = null)
    {
        this.store = store;
        this.time = time;
        this.logger = logger ?? NullLogger<ReconcilerHost>.Instance;
        runners = reconcilers.ToFrozenDictionary(
            reconciler => reconciler.Name, reconciler => new Runner(reconciler, new WorkQueue(time, random ?? Random.Shared)));
        metrics = new ReconcilingMetrics(() => runners.Values.Select(runner => (runner.Reconciler.Name, runner.Queue.Count)));
    }

    /// <summary>That wait for a call or are worked on; those that wait for their time are not counted.</summary>
    internal int KeysInHand => runners.Values.Sum(runner => runner.Queue.Count);

    public void Start()
    {
        foreach (var runner in runners.Values)
            for (var i = 0; i < runner.Reconciler.MaxConcurrency; i++)
                tasks.Add(Task.Run(() => WorkAsync(runner)));
        var watched = runners.Values.SelectMany(runner => runner.Reconciler.Watches.Select(watch => (Runner: runner, Watch: watch)));
        foreach (var kind in watched.GroupBy(entry => entry.Watch.Kind))
            tasks.Add(Task.Run(() => WatchAsync(kind.Key, [.. kind])));
    }

    /// <summary>Has a key reconciled soon although no resource changed: something outside did.</summary>
    public void Enqueue(string reconciler, ResourceKey key) => runners[reconciler].Queue.Add(key);

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(tasks);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var runner in runners.Values)
            runner.Queue.Dispose();
        metrics.Dispose();
        stopping.Dispose();
    }

    private async Task WatchAsync(ResourceKind kind, IReadOnlyList<(Runner Runner, ReconcilerWatch Watch)> watches)
    {
        string? version = null;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in store.WatchAsync(new ResourceQuery(kind), version, stopping.Token))
                {
                    version = change.Resource.Metadata.ResourceVersion ?? version;
                    if (change.Change == ResourceChange.Bookmark)
                        continue;
                    foreach (var (runner, watch) in watches)
                        foreach (var key in watch.KeysOf(change.Resource))
                            runner.Queue.Add(key);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (ResourceExpiredException)
            {
                ReconcilingLog.WatchExpired(logger, kind);
                version = null;
                continue;
            }
            catch (Exception e)
            {
                ReconcilingLog.WatchFailed(logger, kind, e);
                version = null;
            }
            await Task.Delay(WatchPause, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(Runner runner)
    {
        while (!stopping.IsCancellationRequested)
        {
            ResourceKey key;
            try
            {
                key = await runner.Queue.TakeAsync(stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await ReconcileAsync(runner, key);
        }
    }

    private async Task ReconcileAsync(Runner runner, ResourceKey key)
    {
        var started = Stopwatch.GetTimestamp();
        using var deadline = new CancellationTokenSource(CallDeadline, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, deadline.Token);
        try
        {
            var result = await runner.Reconciler.ReconcileAsync(key, both.Token);
            runner.Queue.Finish(key, failed: false, result.Again);
            metrics.Reconciled(runner.Reconciler.Name, "done", started);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            runner.Queue.Finish(key, failed: false, again: null);
        }
        catch (ResourceConflictException)
        {
            // Somebody else wrote first, which is nobody's failure: the change itself brings the key back, and this makes sure.
            runner.Queue.Finish(key, failed: false, TimeSpan.FromMilliseconds(20));
            metrics.Reconciled(runner.Reconciler.Name, "conflict", started);
        }
        catch (AnkoleException e)
        {
            var pause = runner.Queue.Finish(key, failed: true, again: null);
            ReconcilingLog.ReconcileFailed(logger, runner.Reconciler.Name, key, pause, e.Message);
            metrics.Reconciled(runner.Reconciler.Name, "failed", started);
        }
        catch (Exception e)
        {
            var pause = runner.Queue.Finish(key, failed: true, again: null);
            ReconcilingLog.ReconcileCrashed(logger, runner.Reconciler.Name, key, pause, e);
            metrics.Reconciled(runner.Reconciler.Name, "crashed", started);
        }
    }

    private sealed record Runner(IReconciler Reconciler, WorkQueue Queue);
}
