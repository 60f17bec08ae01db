using System.Threading.Channels;

namespace Ankole.Control;

/// <summary>
/// Keys that wait to be reconciled, each at most once. A key that is added while it is worked on comes again afterwards, so the last change is never
/// missed and one key is never worked on twice at a time.
/// </summary>
/// <remarks>All members may be called at the same time. Bounded by the number of resources.</remarks>
internal sealed class WorkQueue(TimeProvider time, Random random) : IDisposable
{
    /// <summary>The pause after a first failure; it doubles with each further one, a quarter of it random.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<ResourceKey, KeyState> states = [];
    private readonly Dictionary<ResourceKey, ITimer> delayed = [];
    private readonly Dictionary<ResourceKey, int> failures = [];
    private readonly Channel<ResourceKey> ready = Channel.CreateUnbounded<ResourceKey>();

    private enum KeyState
    {
        Queued,
        Running,
        RunningAndWanted,
    }

    /// <summary>Keys that wait or are worked on; those that wait for their time are not counted.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return states.Count;
        }
    }

    public void Add(ResourceKey key)
    {
        lock (gate)
        {
            if (!states.TryGetValue(key, out var state))
            {
                states[key] = KeyState.Queued;
                ready.Writer.TryWrite(key);
            }
            else if (state == KeyState.Running)
            {
                states[key] = KeyState.RunningAndWanted;
            }
        }
    }

    /// <summary>Adds the key when the time has passed, unless it was worked on before: then that decided anew.</summary>
    public void AddAfter(ResourceKey key, TimeSpan pause)
    {
        if (pause <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }
        lock (gate)
        {
            if (delayed.Remove(key, out var earlier))
                earlier.Dispose();
            delayed[key] = time.CreateTimer(_ => Add(key), null, pause, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Takes the next key; the caller must <see cref="Finish"/> it.</summary>
    public async ValueTask<ResourceKey> TakeAsync(CancellationToken cancellationToken)
    {
        var key = await ready.Reader.ReadAsync(cancellationToken);
        lock (gate)
        {
            states[key] = KeyState.Running;
            if (delayed.Remove(key, out var timer))
                timer.Dispose();
        }
        return key;
    }

    /// <param name="failed">True: it comes again after a pause that grows with each failure in a row.</param>
    /// <param name="again">When it is to come again although nothing changed; null: not before a change.</param>
    /// <returns>The pause until it comes again, or null.</returns>
    public TimeSpan? Finish(ResourceKey key, bool failed, TimeSpan? again)
    {
        lock (gate)
        {
            var wanted = states.Remove(key, out var state) && state == KeyState.RunningAndWanted;
            if (!failed)
                failures.Remove(key);
            var pause = failed ? PauseAfter(failures[key] = failures.GetValueOrDefault(key) + 1) : again;
            // A change that came meanwhile does not make a failure come back at once for ever: it waits too.
            if (wanted && !failed)
                Add(key);
            else if (pause is { } after)
                AddAfter(key, after);
            return pause;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var timer in delayed.Values)
                timer.Dispose();
            delayed.Clear();
        }
    }

    private TimeSpan PauseAfter(int failureCount)
    {
        var pause = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(failureCount - 1, 20)));
        return TimeSpan.FromMilliseconds(pause * (0.75 + (0.25 * random.NextDouble())));
    }
}
