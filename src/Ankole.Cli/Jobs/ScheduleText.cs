using Ankole.Control;

namespace Ankole.Cli.Jobs;

/// <summary>A job's schedule in words.</summary>
internal static class ScheduleText
{
    /// <summary><c>at 02:00 every day (0 2 * * *, Europe/Berlin)</c>; what the server accepted and this program does not understand stands as it is.</summary>
    public static string Of(RecurringJobSpec job)
    {
        var zone = job.TimeZone.Length > 0 ? $", {job.TimeZone}" : "";
        return CronExpression.TryParse(job.Cron, out var expression, out _) ? $"{expression.Describe()} ({job.Cron}{zone})" : $"by '{job.Cron}'{zone}";
    }
}
