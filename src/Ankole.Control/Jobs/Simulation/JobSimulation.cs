namespace Ankole.Control;

/// <summary>What a job would keep and delete over time on one volume, if every run succeeded at its tick.</summary>
public static class JobSimulation
{
    /// <summary>Ticks of one simulation: a job of every minute over 140 days.</summary>
    public const int MaxTicks = 200_000;

    /// <summary>Every day in order, the quiet ones too, as days of the job's time zone. Ends early at <see cref="MaxTicks"/>.</summary>
    /// <param name="job">One that makes snapshots or backups.</param>
    /// <exception cref="Core.InvalidInputException">The cron expression or the time zone is wrong, or the task makes nothing that could be kept.</exception>
    public static IEnumerable<SimulatedDay> Run(RecurringJobSpec job, DateTimeOffset from, int days)
    {
        if (!JobTask.MakesSnapshot(job.Task))
            throw new Core.InvalidInputException($"a job of task '{job.Task}' makes nothing that could be kept: simulate one of snapshot or backup.");
        var cron = CronExpression.Parse(job.Cron);
        var zone = CronZone.Find(job.TimeZone);
        return Run(cron, zone, RetentionPolicy.Of(job), from, days);
    }

    private static IEnumerable<SimulatedDay> Run(CronExpression cron, TimeZoneInfo zone, RetentionPolicy policy, DateTimeOffset from, int days)
    {
        var kept = new List<RetentionItem>();
        IReadOnlyList<RetentionDecision> decisions = [];
        var ticks = 0;
        var next = cron.NextOccurrence(from, zone);
        var day = DayOf(from, zone);
        for (var end = day.AddDays(days); day < end && ticks < MaxTicks; day = day.AddDays(1))
        {
            var created = new List<RetentionItem>();
            var deleted = new List<RetentionDecision>();
            for (; next is { } tick && DayOf(tick, zone) == day && ticks < MaxTicks; next = cron.NextOccurrence(tick, zone), ticks++)
            {
                var item = new RetentionItem(TimeZoneInfo.ConvertTime(tick, zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz"), tick);
                created.Add(item);
                decisions = Retention.Decide([.. kept, item], policy, tick, zone);
                deleted.AddRange(decisions.Where(decision => !decision.Keep));
                kept = [.. decisions.Where(decision => decision.Keep).Select(decision => decision.Item)];
            }
            yield return new SimulatedDay(day, created, [.. decisions.Where(decision => decision.Keep)], deleted);
        }
    }

    private static DateOnly DayOf(DateTimeOffset moment, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, zone).DateTime);
}

/// <summary>One day of a simulation.</summary>
/// <param name="Kept">What is there at the day's end, newest first, each with the rule that keeps it.</param>
/// <param name="Deleted">What went during the day, in the order it went.</param>
public sealed record SimulatedDay(
    DateOnly Day, IReadOnlyList<RetentionItem> Created, IReadOnlyList<RetentionDecision> Kept, IReadOnlyList<RetentionDecision> Deleted);
