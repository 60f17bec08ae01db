namespace Ankole.Volumes;

/// <summary>
/// Lets readers pass without ever waiting, and lets a change wait until nobody reads what it replaced: publish the new state,
/// <see cref="AdvanceAsync"/>, then dispose of the old.
/// </summary>
internal sealed class ReadEpoch
{
    private readonly int[] readers = new int[2];
    private long epoch;
    private TaskCompletionSource? drained;

    /// <returns>To be given to <see cref="Exit"/>.</returns>
    public int Enter()
    {
        while (true)
        {
            var seen = Volatile.Read(ref epoch);
            var side = (int)(seen & 1);
            Interlocked.Increment(ref readers[side]);
            if (Volatile.Read(ref epoch) == seen)
                return side;
            Exit(side);
        }
    }

    public void Exit(int side)
    {
        if (Interlocked.Decrement(ref readers[side]) == 0)
            Volatile.Read(ref drained)?.TrySetResult();
    }

    /// <summary>Waits until all who had entered before the call have left. One caller at a time.</summary>
    public async ValueTask AdvanceAsync()
    {
        var side = (int)((Interlocked.Increment(ref epoch) - 1) & 1);
        while (true)
        {
            // A reader that only looked in, and left because the epoch had moved on, may wake this too early: hence the loop.
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref drained, turn);
            if (Volatile.Read(ref readers[side]) == 0)
                return;
            await turn.Task;
        }
    }
}
