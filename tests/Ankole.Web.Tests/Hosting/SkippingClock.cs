using Microsoft.Extensions.Time.Testing;

namespace Ankole.Web.Tests.Hosting;

/// <summary>
/// The real clock, which hours can be skipped on: what waits for minutes comes due then. What a connection lives by, seconds and elapsed time, goes on as it
/// is, so that a skip looks like no broken connection.
/// </summary>
internal sealed class SkippingClock : TimeProvider
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider skipped = new(DateTimeOffset.UnixEpoch);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + (skipped.GetUtcNow() - DateTimeOffset.UnixEpoch);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        (dueTime >= Long ? skipped : System).CreateTimer(callback, state, dueTime, period);

    public void Skip(TimeSpan time) => skipped.Advance(time);
}
