using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Server;

namespace Ankole.Control.Tests;

public sealed class ReconcilerHostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_existing_resource_and_every_change_is_reconciled_and_no_key_twice_at_a_time()
    {
        await using var store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        for (var i = 0; i < 20; i++)
            await store.CreateAsync(Setting($"before-{i}"), Token);
        var reconciler = new Watcher { Store = store };
        await using var host = new ReconcilerHost(store, [reconciler], TimeProvider.System);
        host.Start();
        await UntilAsync(() => reconciler.Calls.Count >= 20);
        for (var i = 0; i < 20; i++)
            await store.ChangeAsync<SettingResource>(new ResourceKey(Kinds.Setting, null, "before-0"), status: false, setting => setting with { Value = $"{i}" }, Token);
        await UntilAsync(() => reconciler.LastSeen.GetValueOrDefault("before-0") == "19" && reconciler.LastSeen.Count >= 20);
        Assert.False(reconciler.Overlapped);
        Assert.Equal(20, reconciler.LastSeen.Count);
    }

    [Fact]
    public async Task A_reconciler_that_fails_crashes_or_loses_a_race_is_called_again()
    {
        await using var store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        await store.CreateAsync(Setting("one"), Token);
        var key = new ResourceKey(Kinds.Setting, null, "one");
        Exception[] errors = [new AnkoleException(ErrorKind.Busy, "busy"), new InvalidOperationException("crash"), new ResourceConflictException(key, "raced")];
        var reconciler = new Watcher { Fail = call => call < errors.Length ? errors[call] : null };
        await using var host = new ReconcilerHost(store, [reconciler], TimeProvider.System);
        host.Start();
        await UntilAsync(() => reconciler.LastSeen.ContainsKey("one"));
        Assert.Equal(4, reconciler.Calls.Count);
    }

    [Fact]
    public async Task A_watch_whose_history_is_gone_looks_at_everything_again()
    {
        await using var store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        await store.CreateAsync(Setting("one"), Token);
        var expiring = new ExpiringStore(store);
        var reconciler = new Watcher();
        await using var host = new ReconcilerHost(expiring, [reconciler], TimeProvider.System);
        host.Start();
        await UntilAsync(() => reconciler.LastSeen.ContainsKey("one"));
        await store.CreateAsync(Setting("two"), Token);
        expiring.Expire.SetResult();
        await UntilAsync(() => reconciler.LastSeen.ContainsKey("two"));
    }

    [Fact]
    public async Task Stopping_lets_the_running_call_end_and_starts_none()
    {
        await using var store = SqliteResourceStore.CreateInMemory(TimeProvider.System);
        await store.CreateAsync(Setting("one"), Token);
        var reconciler = new Watcher { Hold = Timeout.InfiniteTimeSpan };
        await using var host = new ReconcilerHost(store, [reconciler], TimeProvider.System);
        host.Start();
        await UntilAsync(() => reconciler.Calls.Count == 1);
        await host.StopAsync();
        await store.CreateAsync(Setting("two"), Token);
        Assert.Single(reconciler.Calls);
    }

    private static SettingResource Setting(string name) => new() { Metadata = new ObjectMeta { Name = name } };

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds())
            await Task.Delay(5, deadline.Token);
    }

    private sealed class Watcher : IReconciler
    {
        private readonly ConcurrentDictionary<string, bool> running = new();

        public string Name => "watcher";

        public int MaxConcurrency => 4;

        public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.Setting)];

        public ConcurrentQueue<string> Calls { get; } = new();

        public ConcurrentDictionary<string, string> LastSeen { get; } = new();

        public Func<int, Exception?> Fail { get; init; } = _ => null;

        public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(1);

        public IResourceStore? Store { get; set; }

        public bool Overlapped { get; private set; }

        public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
        {
            if (!running.TryAdd(key.Name, true))
                Overlapped = true;
            try
            {
                var call = Calls.Count;
                Calls.Enqueue(key.Name);
                await Task.Delay(Hold, cancellationToken);
                if (Fail(call) is { } error)
                    throw error;
                LastSeen[key.Name] = "";
                if (Store is not null && await Store.GetAsync(Kinds.Setting, key.Name, cancellationToken) is { } setting)
                    LastSeen[key.Name] = setting.Value;
                return ReconcileResult.Done;
            }
            finally
            {
                running.TryRemove(key.Name, out _);
            }
        }
    }

    /// <summary>Its first watch ends as a watch does that fell too far behind, once the test says so.</summary>
    private sealed class ExpiringStore(IResourceStore inner) : IResourceStore
    {
        private int watches;

        public TaskCompletionSource Expire { get; } = new();

        public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

        public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

        public ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.CreateAsync(resource, cancellationToken);

        public ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateAsync(resource, cancellationToken);

        public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => inner.UpdateStatusAsync(resource, cancellationToken);

        public ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
            inner.DeleteAsync(key, preconditions, cancellationToken);

        public async IAsyncEnumerable<ResourceEvent> WatchAsync(
            ResourceQuery query, string? fromVersion, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref watches) > 1)
            {
                await foreach (var change in inner.WatchAsync(query, fromVersion, cancellationToken))
                    yield return change;
                yield break;
            }
            foreach (var existing in (await inner.ListAsync(query, cancellationToken)).Items)
                yield return new ResourceEvent(ResourceChange.Added, existing);
            await Expire.Task.WaitAsync(cancellationToken);
            throw new ResourceExpiredException("the watch");
        }
    }
}
