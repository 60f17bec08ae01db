namespace Ankole.Control;

/// <summary>When a job runs next, from its status and the clock alone.</summary>
/// <remarks>
/// <see cref="RecurringJobStatus.LastScheduleTime"/> is the memory: of all ticks that passed since then only the latest is made up for. Ticks
/// before <see cref="RecurringJobStatus.ScheduleSince"/> are not: until then there was no such schedule, or it was suspended, or the clock was wrong.
/// </remarks>
internal static class JobSchedule
{
    private static readonly TimeSpan ClockCorrection = TimeSpan.FromMinutes(1);

    /// <summary>The text by which a change of the schedule is noticed; empty while the job is suspended.</summary>
    public static string TextOf(RecurringJobSpec job) =>
        job.Suspend ? "" : job.TimeZone.Length == 0 ? job.Cron : $"{job.Cron} {job.TimeZone}";

    /// <summary>The tick that a run should begin for now; null: none.</summary>
    public static DateTimeOffset? Due(RecurringJobStatus status, CronExpression cron, TimeZoneInfo zone, DateTimeOffset now) =>
        cron.LatestOccurrence(Since(status, now), now, zone);

    public static DateTimeOffset? Next(RecurringJobStatus status, CronExpression cron, TimeZoneInfo zone, DateTimeOffset now)
    {
        // @every counts from the last run, everything else is on the calendar.
        var next = cron.NextOccurrence(cron.Interval is null ? now : Since(status, now), zone);
        return next > now || cron.Interval is null ? next : cron.NextOccurrence(now, zone);
    }

    /// <summary>
    /// True when the memory lies ahead of the clock: the clock was set back. It is not believed any more, so that no job stays silent until that
    /// time comes again. A clock that is corrected by less than a minute only makes the job wait for it, so that no tick runs twice.
    /// </summary>
    public static bool IsAheadOf(RecurringJobStatus status, DateTimeOffset now) =>
        status.LastScheduleTime > now + ClockCorrection || status.ScheduleSince > now + ClockCorrection;

    private static DateTimeOffset Since(RecurringJobStatus status, DateTimeOffset now)
    {
        var since = status.ScheduleSince ?? now;
        return status.LastScheduleTime is { } last && last > since ? last : since;
    }
}
