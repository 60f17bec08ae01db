using Ankole.Control;
using Ankole.Server.Web.Live;
using Ankole.Server.Web.Pictures;

namespace Ankole.Server.Web.Dashboard;

/// <summary>What the dashboard counts, worked out once for each drawing.</summary>
internal sealed record DashboardView
{
    private const int Days = 30;

    /// <summary>Volumes with a strip of days, the ones that need a look first.</summary>
    private const int MaxStrips = 12;

    public int Volumes { get; init; }

    public int Attached { get; init; }

    public int Degraded { get; init; }

    public int Faulted { get; init; }

    public long FreeBytes { get; init; }

    /// <summary>Less than a tenth of the disks is free.</summary>
    public bool IsTight { get; init; }

    /// <summary>Neither a target nor a volume: somebody has just begun.</summary>
    public bool IsFresh { get; init; }

    public IReadOnlyList<(string Volume, TimeSpan Age, TimeSpan Every)> Breaches { get; init; } = [];

    public IReadOnlyList<(string Volume, IReadOnlyList<CalendarDay> Days)> Strips { get; init; } = [];

    public IReadOnlyList<(DateTimeOffset Day, int Good, int Bad)> PerDay { get; init; } = [];

    public static DashboardView Of(LiveTables live, DateTimeOffset now)
    {
        var volumes = live.Volumes.Rows;
        var every = volumes.ToDictionary(volume => volume.Name, volume => RecoveryPoint.EveryOf(volume, live.Jobs.Find, now));
        var breaches = volumes.Select(volume => (volume.Name, Age: RecoveryPoint.BreachOf(volume, every[volume.Name], now), Every: every[volume.Name]))
            .Where(breach => breach.Age is not null).Select(breach => (breach.Name, breach.Age!.Value, breach.Every!.Value)).OrderByDescending(breach => breach.Item2).ToList();
        var recent = Recent(live.Backups.Rows, now);
        var late = breaches.Select(breach => breach.Name).ToHashSet();
        var total = live.Nodes.Rows.Sum(node => node.Status.StorageMaximum);
        var free = live.Nodes.Rows.Sum(node => node.Status.StorageAvailable);
        return new DashboardView
        {
            Volumes = volumes.Count,
            Attached = volumes.Count(volume => volume.Status.State == "attached"),
            Degraded = volumes.Count(volume => volume.Status.Robustness == "degraded"),
            Faulted = volumes.Count(volume => volume.Status.Robustness == "faulted"),
            FreeBytes = free,
            IsTight = total > 0 && free < total / 10,
            IsFresh = volumes.Count == 0 || live.Targets.Rows.All(target => target.Spec.BackupTargetUrl.Length == 0),
            Breaches = breaches,
            PerDay = PerDayOf(recent, now),
            Strips =
            [
                .. volumes.OrderByDescending(volume => late.Contains(volume.Name)).ThenByDescending(volume => every[volume.Name] is not null).ThenBy(volume => volume.Name, StringComparer.Ordinal)
                    .Take(MaxStrips).Select(volume => (volume.Name, CalendarDay.Of(
                        recent.Where(backup => backup.Volume == volume.Name), every[volume.Name], (volume.Metadata.CreationTimestamp ?? now).AddDays(1), now, Days))),
            ],
        };
    }

    /// <summary>The rows are newest first: what is older than the pictures is never looked at.</summary>
    private static List<BackupRow> Recent(IReadOnlyList<BackupRow> backups, DateTimeOffset now)
    {
        var oldest = now.AddDays(-Days);
        return [.. backups.TakeWhile(backup => backup.CreatedAt >= oldest)];
    }

    private static List<(DateTimeOffset, int, int)> PerDayOf(List<BackupRow> backups, DateTimeOffset now)
    {
        var byDay = backups.GroupBy(backup => backup.CreatedAt.UtcDateTime.Date)
            .ToDictionary(group => group.Key, group => (Good: group.Count(backup => backup.State == BackupState.Completed), Bad: group.Count(backup => backup.State == BackupState.Error)));
        return [.. Enumerable.Range(0, Days).Select(index =>
        {
            var day = now.UtcDateTime.Date.AddDays(index - Days + 1);
            var (good, bad) = byDay.GetValueOrDefault(day);
            return (new DateTimeOffset(day, TimeSpan.Zero), good, bad);
        })];
    }
}
