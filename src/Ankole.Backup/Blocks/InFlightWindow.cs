namespace Ankole.Backup;

/// <summary>
/// How many blocks are on their way to or from a store. It grows while growing pays: where every request takes long, many together fill the line; where the
/// line itself is full, more of them would only wait, and run into their deadlines on a slow one.
/// </summary>
/// <remarks>
/// The bytes that come through are measured over one window's worth of blocks. When others waited for a place meanwhile, the window is doubled, what was
/// under way before is let through unmeasured, and the next measurement decides: at least <see cref="WorthIt"/> times the bytes, or back to what it was and not
/// tried again for a while. It is bounded by memory (<see cref="PipelineBounds"/>). Thread-safe. First come, first served.
/// </remarks>
internal sealed class InFlightWindow(int most, TimeProvider time)
{
    /// <summary>Enough for a store near by, few enough for a line of 2 Mbit/s: its blocks of 2 MiB still arrive within their deadline.</summary>
    private const int Start = 8;

    private const int Growth = 2;

    /// <summary>Less gain than this may be chance.</summary>
    private const double WorthIt = 1.25;

    /// <summary>A shorter measurement would be of noise.</summary>
    private static readonly TimeSpan ShortestMeasurement = TimeSpan.FromMilliseconds(100);

    /// <summary>Measurements until growing is tried again after it did not pay; doubled each time, up to the second one.</summary>
    private const int FirstRest = 8, LongestRest = 128;

    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private int limit = Math.Min(Start, most);
    private int underWay, completed, unmeasured;
    private long bytes, began = time.GetTimestamp();
    private bool othersWaited, isTrial;
    private int rest, nextRest = FirstRest;
    private (int Limit, double Rate) before;

    /// <summary>How many may be under way at this moment.</summary>
    public int Limit
    {
        get
        {
            lock (gate)
                return limit;
        }
    }

    /// <summary>Waits for a place. Whoever got one calls <see cref="Leave"/> once.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (gate)
        {
            if (underWay < limit && waiting.Count == 0)
            {
                underWay++;
                return;
            }
            othersWaited = true;
            place = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null);
        await place.Value.Task;
    }

    /// <param name="transferred">Bytes that came through; 0 for a failure.</param>
    public void Leave(long transferred)
    {
        lock (gate)
        {
            underWay--;
            Measure(transferred);
            while (waiting.First is { } first && underWay < limit)
            {
                waiting.RemoveFirst();
                underWay++;
                first.Value.SetResult();
            }
        }
    }

    private void Measure(long transferred)
    {
        if (unmeasured > 0)
        {
            if (--unmeasured == 0)
                BeginMeasurement();
            return;
        }
        completed++;
        bytes += transferred;
        var elapsed = time.GetElapsedTime(began);
        if (completed < limit || elapsed < ShortestMeasurement)
            return;
        var rate = bytes / elapsed.TotalSeconds;
        if (isTrial)
            Judge(rate);
        else if (othersWaited && --rest < 0)
            Try(rate);
        BeginMeasurement();
    }

    private void Try(double rate)
    {
        if (limit >= most)
            return;
        before = (limit, rate);
        isTrial = true;
        unmeasured = limit;
        limit = Math.Min(most, limit * Growth);
    }

    private void Judge(double rate)
    {
        isTrial = false;
        if (rate >= before.Rate * WorthIt)
        {
            rest = 0;
            nextRest = FirstRest;
            // Straight on while it pays.
            Try(rate);
            return;
        }
        limit = before.Limit;
        rest = nextRest;
        nextRest = Math.Min(LongestRest, nextRest * 2);
    }

    private void BeginMeasurement()
    {
        completed = 0;
        bytes = 0;
        othersWaited = waiting.Count > 0;
        began = time.GetTimestamp();
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
}
