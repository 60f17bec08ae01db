using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Testing;

/// <summary>A clock that a test moves, and that tells which timers were set: only then may a test move it by that much and expect one to go off.</summary>
public sealed class WatchedTime(DateTimeOffset now) : FakeTimeProvider(now)
{
    private readonly ConcurrentQueue<TimeSpan> timers = [];

    public WatchedTime()
        : this(System.GetUtcNow())
    {
    }

    /// <summary>How many timers of one length were set so far.</summary>
    public int TimersOf(TimeSpan length) => timers.Count(timer => timer == length);

    /// <summary>Returns once so many timers of one length were set.</summary>
    public async Task WhenSetAsync(TimeSpan length, int count, CancellationToken cancellationToken)
    {
        while (TimersOf(length) < count)
            await Task.Delay(1, cancellationToken);
    }

    /// <summary>Moves the clock just as far as the work waits for it, timer by timer, until the work is done.</summary>
    /// <param name="longest">Timers of this length and longer are limits, which nobody waits for.</param>
    /// <returns>How far it was moved.</returns>
    public async Task<TimeSpan> FollowAsync(Task work, TimeSpan longest)
    {
        var moved = TimeSpan.Zero;
        for (var seen = timers.Count; !work.IsCompleted; await Task.WhenAny(work, Task.Delay(1)))
        {
            foreach (var timer in timers.Skip(seen).ToList())
            {
                seen++;
                if (timer <= TimeSpan.Zero || timer >= longest)
                    continue;
                Advance(timer);
                moved += timer;
            }
        }
        await work;
        return moved;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        timers.Enqueue(dueTime);
        return timer;
    }
}
