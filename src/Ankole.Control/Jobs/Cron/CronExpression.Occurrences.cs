namespace Ankole.Control;

/// <content>From wall-clock times to moments.</content>
public sealed partial class CronExpression
{
    /// <summary>More than any clock change moves the clock.</summary>
    private static readonly TimeSpan LongestShift = TimeSpan.FromHours(3);

    /// <summary>The first moment after <paramref name="after"/> at which it fires; null when it never does (30 February).</summary>
    /// <remarks>
    /// A wall-clock time that the clock skips fires once, right after the gap. One that the clock shows twice fires the first time only; with every
    /// hour named it fires both times, since a job of every five minutes should not pause for an hour.
    /// </remarks>
    public DateTimeOffset? NextOccurrence(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (interval is { } pause)
            return new DateTimeOffset(after.UtcTicks - after.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero) + pause;
        var first = NextFirstShowing(after, zone);
        return NextSecondShowing(after, zone) is { } second && !(first < second) ? second : first;
    }

    /// <summary>The last moment in (<paramref name="after"/>, <paramref name="upTo"/>] at which it fires; null when there is none.</summary>
    /// <remarks>Looks back over growing spans, so that the work does not grow with the time that passed.</remarks>
    public DateTimeOffset? LatestOccurrence(DateTimeOffset after, DateTimeOffset upTo, TimeZoneInfo zone)
    {
        if (interval is { } pause)
        {
            var first = NextOccurrence(after, zone)!.Value;
            return first > upTo ? null : first + pause * Math.Floor((upTo - first) / pause);
        }
        for (var span = TimeSpan.FromMinutes(2); ; span *= 8)
        {
            var from = upTo - after <= span ? after : upTo - span;
            DateTimeOffset? latest = null;
            for (var next = NextOccurrence(from, zone); next <= upTo; next = NextOccurrence(next.Value, zone))
                latest = next;
            if (latest is not null || from == after)
                return latest;
        }
    }

    /// <summary>Every wall-clock time taken as the first moment that shows it, which keeps their order.</summary>
    private DateTimeOffset? NextFirstShowing(DateTimeOffset after, TimeZoneInfo zone)
    {
        for (var wall = NextWallClock(ToWallClock(after, zone)); wall is not null; wall = NextWallClock(wall.Value))
        {
            var moment = FirstShowing(wall.Value, zone);
            if (moment > after)
                return moment;
        }
        return null;
    }

    private DateTimeOffset? NextSecondShowing(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (!Fields!.EveryHour || zone.GetUtcOffset(after - LongestShift) <= zone.GetUtcOffset(after + LongestShift))
            return null;
        var here = ToWallClock(after, zone);
        for (var wall = NextWallClock(here - LongestShift); wall <= here + LongestShift; wall = NextWallClock(wall.Value))
        {
            if (!zone.IsAmbiguousTime(Unspecified(wall.Value)))
                continue;
            var moment = new DateTimeOffset(Unspecified(wall.Value), zone.GetAmbiguousTimeOffsets(Unspecified(wall.Value)).Min()).ToUniversalTime();
            if (moment > after)
                return moment;
        }
        return null;
    }

    /// <summary>The wall clock counted as if it were UTC: a calendar without changes.</summary>
    private DateTime? NextWallClock(DateTime wall)
    {
        DateTime? next = null;
        foreach (var calendar in calendars)
        {
            if (calendar.GetNextOccurrence(wall) is { } candidate && !(next < candidate))
                next = candidate;
        }
        return next;
    }

    private static DateTime ToWallClock(DateTimeOffset moment, TimeZoneInfo zone) =>
        DateTime.SpecifyKind(TimeZoneInfo.ConvertTime(moment, zone).DateTime, DateTimeKind.Utc);

    private static DateTimeOffset FirstShowing(DateTime wall, TimeZoneInfo zone)
    {
        var local = Unspecified(wall);
        if (zone.IsInvalidTime(local))
            return EndOfGap(local, zone);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    /// <summary>Gaps begin and end at whole minutes.</summary>
    private static DateTimeOffset EndOfGap(DateTime skipped, TimeZoneInfo zone)
    {
        var end = skipped;
        while (zone.IsInvalidTime(end))
            end = end.AddMinutes(1);
        return new DateTimeOffset(end, zone.GetUtcOffset(end)).ToUniversalTime();
    }

    private static DateTime Unspecified(DateTime wall) => DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
}
