using Ankole.Control;

namespace Ankole.Server.Web.Dashboard;

/// <summary>How old a volume's newest backup may be, by its jobs: twice the time between two runs.</summary>
internal static class RecoveryPoint
{
    /// <summary>The shortest time between two backups of the volume's jobs; null: no job backs it up.</summary>
    public static TimeSpan? EveryOf(VolumeResource volume, Func<string, RecurringJobResource?> find, DateTimeOffset now)
    {
        TimeSpan? shortest = null;
        foreach (var name in volume.Status.RecurringJobs.Select(job => job.Name))
        {
            if (find(name) is not { Spec.Suspend: false } job || !JobTask.IsBackup(job.Spec.Task))
                continue;
            Consider(job.Spec.Cron, job.Spec.TimeZone);
        }
        foreach (var job in volume.Spec.RecurringJobs.Where(job => JobTask.IsBackup(job.Task)))
            Consider(job.Cron, "");
        return shortest;

        void Consider(string cron, string timeZone)
        {
            if (!CronExpression.TryParse(cron, out var expression, out _) || !CronZone.TryFind(timeZone, out var zone))
                return;
            if (expression.NextOccurrence(now, zone) is { } next && expression.NextOccurrence(next, zone) is { } after && (shortest is null || after - next < shortest))
                shortest = after - next;
        }
    }

    /// <summary>How long the volume is without the backup that it should have; null: all is well.</summary>
    public static TimeSpan? BreachOf(VolumeResource volume, TimeSpan? every, DateTimeOffset now)
    {
        if (every is not { } interval)
            return null;
        var since = volume.Status.LastBackupAt ?? volume.Metadata.CreationTimestamp ?? now;
        return now - since > 2 * interval ? now - since : null;
    }
}
