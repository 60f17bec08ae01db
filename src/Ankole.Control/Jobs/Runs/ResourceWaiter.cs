using Ankole.Core;
using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>
/// Waits until a resource is in some state. However many wait, each kind is watched once, from the first wait on.
/// </summary>
/// <remarks>A wait looks at the resource after its watch has begun and at every change from then on, so that none is missed.</remarks>
internal sealed class ResourceWaiter(IResourceStore store, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private readonly Lock guard = new();
    private readonly Dictionary<ResourceKey, List<Wait>> waits = [];
    private readonly Dictionary<ResourceKind, (Task Watching, TaskCompletionSource Begun)> watches = [];

    /// <summary>The state that <paramref name="until"/> holds of; null stands for a resource that does not exist.</summary>
    /// <param name="until">Called on every change; it must not block.</param>
    /// <exception cref="TimeoutException">It has not come to that within <paramref name="patience"/>.</exception>
    public async Task<Resource?> WaitAsync(ResourceKey key, Func<Resource?, bool> until, TimeSpan patience, CancellationToken cancellationToken)
    {
        await BeginWatch(key.Kind).WaitAsync(cancellationToken);
        var wait = new Wait(until);
        Add(key, wait);
        try
        {
            wait.See(await store.GetAsync(key, cancellationToken));
            using var deadline = new CancellationTokenSource(patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken, stop.Token);
            try
            {
                return await wait.Outcome.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                throw new TimeoutException($"{key} did not come to the awaited state within {GoDuration.Format(patience)}.");
            }
        }
        finally
        {
            Remove(key, wait);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        List<Task> watching;
        lock (guard)
            watching = [.. watches.Values.Select(watch => watch.Watching)];
        await Task.WhenAll(watching);
        stop.Dispose();
    }

    private Task BeginWatch(ResourceKind kind)
    {
        lock (guard)
        {
            if (!watches.TryGetValue(kind, out var watch))
            {
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                watches[kind] = watch = (Task.Run(() => WatchAsync(kind, begun)), begun);
            }
            return watch.Begun.Task;
        }
    }

    private async Task WatchAsync(ResourceKind kind, TaskCompletionSource begun)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var now = await store.ListAsync(new ResourceQuery(kind) { Limit = 1 }, stop.Token);
                begun.TrySetResult();
                await LookAtAllAsync(kind);
                await foreach (var change in store.WatchAsync(new ResourceQuery(kind), now.Version, stop.Token))
                {
                    if (change.Change != ResourceChange.Bookmark)
                        Tell(ResourceKey.Of(change.Resource), change.Change == ResourceChange.Deleted ? null : change.Resource);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                begun.TrySetCanceled();
                return;
            }
            catch (ResourceExpiredException)
            {
                // The list that follows is newer than what was lost.
            }
            catch (AnkoleException e)
            {
                JobLog.WatchFailed(logger, kind.Kind, e);
                await PauseAsync();
            }
        }
    }

    private async Task LookAtAllAsync(ResourceKind kind)
    {
        List<ResourceKey> awaited;
        lock (guard)
            awaited = [.. waits.Keys.Where(key => key.Kind == kind)];
        foreach (var key in awaited)
            Tell(key, await store.GetAsync(key, stop.Token));
    }

    private void Tell(ResourceKey key, Resource? resource)
    {
        lock (guard)
        {
            foreach (var wait in waits.GetValueOrDefault(key, []))
                wait.See(resource);
        }
    }

    private void Add(ResourceKey key, Wait wait)
    {
        lock (guard)
        {
            if (!waits.TryGetValue(key, out var ofKey))
                waits[key] = ofKey = [];
            ofKey.Add(wait);
        }
    }

    private void Remove(ResourceKey key, Wait wait)
    {
        lock (guard)
        {
            if (waits.TryGetValue(key, out var ofKey) && ofKey.Remove(wait) && ofKey.Count == 0)
                waits.Remove(key);
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(PauseAfterError, time, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The loop ends by itself.
        }
    }

    private sealed class Wait(Func<Resource?, bool> until)
    {
        private readonly TaskCompletionSource<Resource?> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Resource?> Outcome => outcome.Task;

        public void See(Resource? resource)
        {
            if (until(resource))
                outcome.TrySetResult(resource);
        }
    }
}
