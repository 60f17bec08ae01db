namespace Ankole.Volumes;

/// <summary>
/// Many may be inside, or one alone. Entering and leaving among many is one atomic instruction each; who must wait, waits without a thread. The one
/// that comes while many are inside holds new ones back, so neither side starves.
/// </summary>
internal sealed class SharedGate
{
    /// <summary>Set while one alone is inside or waits for those inside to leave.</summary>
    private const int Closed = 1 << 30;

    private readonly Lock waiting = new();
    private readonly Queue<TaskCompletionSource> waitingAlone = new();
    private readonly List<TaskCompletionSource> waitingShared = [];
    private TaskCompletionSource? next;
    private int state;

    /// <returns>False when one alone is inside or waits to be: nothing was entered.</returns>
    public bool TryEnterShared()
    {
        for (var seen = Volatile.Read(ref state); (seen & Closed) == 0;)
        {
            var before = Interlocked.CompareExchange(ref state, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }
        return false;
    }

    public ValueTask EnterSharedAsync()
    {
        if (TryEnterShared())
            return ValueTask.CompletedTask;
        lock (waiting)
        {
            if ((Volatile.Read(ref state) & Closed) == 0)
            {
                // Only ExitAlone opens the gate, and it does so under this lock.
                Interlocked.Increment(ref state);
                return ValueTask.CompletedTask;
            }
            var turn = NewTurn();
            waitingShared.Add(turn);
            return new ValueTask(turn.Task);
        }
    }

    public void ExitShared()
    {
        if (Interlocked.Decrement(ref state) == Closed)
            AdmitNext();
    }

    public ValueTask EnterAloneAsync()
    {
        lock (waiting)
        {
            if ((Volatile.Read(ref state) & Closed) != 0)
            {
                var turn = NewTurn();
                waitingAlone.Enqueue(turn);
                return new ValueTask(turn.Task);
            }
            next = NewTurn();
            var task = next.Task;
            if ((Interlocked.Or(ref state, Closed) & ~Closed) == 0)
                AdmitNext();
            return new ValueTask(task);
        }
    }

    public void ExitAlone()
    {
        lock (waiting)
        {
            waitingAlone.TryDequeue(out next);
            // Those who waited meanwhile go first; if somebody else waits to be alone, the gate stays closed behind them.
            var admitted = waitingShared.Count;
            Volatile.Write(ref state, admitted + (next is null ? 0 : Closed));
            foreach (var turn in waitingShared)
                turn.SetResult();
            waitingShared.Clear();
            if (admitted == 0)
                AdmitNext();
        }
    }

    private void AdmitNext()
    {
        lock (waiting)
        {
            if (next is null || Volatile.Read(ref state) != Closed)
                return;
            next.SetResult();
            next = null;
        }
    }

    private static TaskCompletionSource NewTurn() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
