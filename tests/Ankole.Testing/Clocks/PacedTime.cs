namespace Ankole.Testing;

/// <summary>
/// The machine's time at another pace. A test of a time limit prepares at a slow pace, at which a busy machine misses no limit of seconds, and lets time go on
/// as it does in life once the limit is what it is about.
/// </summary>
/// <param name="pace">Seconds of this clock in one second.</param>
public sealed class PacedTime(double pace) : TimeProvider
{
    /// <summary>A second takes twenty.</summary>
    public const double Slow = 0.05;

    private readonly Lock gate = new();
    private readonly HashSet<PacedTimer> running = [];
    private readonly DateTimeOffset began = System.GetUtcNow();
    private long changedAt = System.GetTimestamp();
    private TimeSpan before;
    private double current = pace;

    /// <summary>Timers that run are given what is left of their time at the new pace.</summary>
    public double Pace
    {
        get
        {
            lock (gate)
                return current;
        }
        set
        {
            lock (gate)
            {
                (before, changedAt) = (Elapsed, System.GetTimestamp());
                current = value;
                foreach (var timer in running)
                    timer.Rearm();
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan Elapsed => before + (System.GetElapsedTime(changedAt) * current);

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return began + Elapsed;
    }

    public override long GetTimestamp()
    {
        lock (gate)
            return Elapsed.Ticks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new PacedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A timer of the machine, set anew whenever the pace changes.</summary>
    private sealed class PacedTimer : ITimer
    {
        private readonly PacedTime time;
        private readonly ITimer real;
        private readonly TimerCallback callback;
        private readonly object? state;
        private TimeSpan due, period;
        private bool isDisposed;

        public PacedTimer(PacedTime time, TimerCallback callback, object? state)
        {
            (this.time, this.callback, this.state) = (time, callback, state);
            real = System.CreateTimer(static timer => ((PacedTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                if (isDisposed)
                    return false;
                this.period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    time.running.Remove(this);
                    return real.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }
                due = time.Elapsed + dueTime;
                time.running.Add(this);
                Rearm();
                return true;
            }
        }

        /// <summary>Under the clock's gate.</summary>
        public void Rearm()
        {
            var left = (due - time.Elapsed) / time.current;
            // A millisecond more than is left: timers count whole ones.
            real.Change(left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            lock (time.gate)
            {
                isDisposed = true;
                time.running.Remove(this);
            }
            real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (time.gate)
            {
                // Set anew, or off, while this was on its way.
                if (!time.running.Contains(this))
                    return;
                if (time.Elapsed < due)
                {
                    Rearm();
                    return;
                }
                if (period > TimeSpan.Zero)
                {
                    due += period;
                    Rearm();
                }
                else
                {
                    time.running.Remove(this);
                }
            }
            callback(state);
        }
    }
}
