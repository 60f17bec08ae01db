namespace Ankole.Backup;

/// <summary>
/// How many requests of one store may be in flight. Every answer lets the number grow a little, every "slow down" halves it, so that a store
/// that is asked too much is asked less by everybody at once (additive increase, multiplicative decrease, as in TCP).
/// </summary>
/// <remarks>Thread-safe. First come, first served.</remarks>
internal sealed class AdaptiveThrottle(int maxInFlight, TimeProvider time)
{
    /// <summary>Requests that were sent together are refused together: they count as one sign, not as many.</summary>
    private static readonly TimeSpan OneSign = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private double limit = maxInFlight;
    private int inFlight;
    private long lastCut;

    /// <summary>What is allowed at this moment, at least 1.</summary>
    public int Limit
    {
        get
        {
            lock (gate)
                return (int)limit;
        }
    }

    /// <summary>Waits for a place. Whoever got one calls <see cref="Leave"/> once.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (gate)
        {
            if (inFlight < (int)limit && waiting.Count == 0)
            {
                inFlight++;
                return;
            }
            place = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null);
        await place.Value.Task;
    }

    public void Leave()
    {
        lock (gate)
        {
            inFlight--;
            Admit();
        }
    }

    public void Answered()
    {
        lock (gate)
            limit = Math.Min(maxInFlight, limit + (1 / limit));
    }

    public void SlowDown()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (lastCut != 0 && time.GetElapsedTime(lastCut, now) < OneSign)
                return;
            lastCut = now;
            limit = Math.Max(1, limit / 2);
        }
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (place.List is null)
                return;
            waiting.Remove(place);
        }
        place.Value.TrySetCanceled(cancellationToken);
    }

    private void Admit()
    {
        while (waiting.First is { } first && inFlight < (int)limit)
        {
            waiting.RemoveFirst();
            inFlight++;
            first.Value.SetResult();
        }
    }
}
