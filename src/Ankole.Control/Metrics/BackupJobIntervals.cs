using System.Collections.Concurrent;

namespace Ankole.Control;

/// <summary>How far apart the runs of each backup job are.</summary>
internal sealed class BackupJobIntervals(TimeProvider time) : IResourceNumbers
{
    /// <summary>Ticks looked at for the longest pause: a week of a job that runs on weekdays.</summary>
    private const int Ticks = 8;

    private readonly ConcurrentDictionary<string, BackupJobInterval> byJob = new();

    /// <summary>Of the most frequent of these jobs; null when none of them makes backups.</summary>
    public BackupJobInterval? ShortestOf(IReadOnlyList<string> jobs)
    {
        BackupJobInterval? shortest = null;
        foreach (var job in jobs)
        {
            if (byJob.TryGetValue(job, out var interval) && !(shortest?.Interval <= interval.Interval))
                shortest = interval;
        }
        return shortest;
    }

    public void Put(Resource resource)
    {
        var job = (RecurringJobResource)resource;
        if (JobTask.IsBackup(job.Spec.Task) && !job.Spec.Suspend && !job.IsDeleting && LongestPause(job.Spec) is { } interval)
            byJob[job.Name] = new BackupJobInterval(interval, job.Status.ScheduleSince ?? job.Metadata.CreationTimestamp ?? default);
        else
            byJob.TryRemove(job.Name, out _);
    }

    public void Remove(Resource resource) => byJob.TryRemove(resource.Name, out _);

    public void Clear() => byJob.Clear();

    private TimeSpan? LongestPause(RecurringJobSpec job)
    {
        if (!CronExpression.TryParse(job.Cron, out var cron, out _) || !CronZone.TryFind(job.TimeZone, out var zone))
            return null;
        TimeSpan? longest = null;
        var last = cron.NextOccurrence(time.GetUtcNow(), zone);
        for (var tick = 0; tick < Ticks && last is { } from && cron.NextOccurrence(from, zone) is { } next; tick++)
        {
            longest = longest > next - from ? longest : next - from;
            last = next;
        }
        return longest;
    }
}

/// <param name="Interval">The longest pause between two runs.</param>
/// <param name="Since">When the job began to promise it.</param>
internal sealed record BackupJobInterval(TimeSpan Interval, DateTimeOffset Since);
