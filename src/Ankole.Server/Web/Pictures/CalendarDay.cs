using Ankole.Control;
using Ankole.Server.Web.Controls;
using Ankole.Server.Web.Live;

namespace Ankole.Server.Web.Pictures;

/// <param name="Kind">good, bad, missing or none.</param>
public sealed record CalendarDay(string Kind, string About)
{
    /// <summary>The days of one volume up to today, oldest first.</summary>
    /// <param name="backups">Of this volume.</param>
    /// <param name="expectedEvery">How often its jobs back it up; null: no job does.</param>
    /// <param name="since">Nothing is missing before.</param>
    public static IReadOnlyList<CalendarDay> Of(IEnumerable<BackupRow> backups, TimeSpan? expectedEvery, DateTimeOffset since, DateTimeOffset now, int days)
    {
        var today = now.UtcDateTime.Date;
        var counts = new (int Good, int Bad)[days];
        foreach (var backup in backups)
        {
            var index = days - 1 - (int)(today - backup.CreatedAt.UtcDateTime.Date).TotalDays;
            if (index < 0 || index >= days)
                continue;
            if (backup.State == BackupState.Completed)
                counts[index].Good++;
            else if (backup.State == BackupState.Error)
                counts[index].Bad++;
        }
        return [.. Enumerable.Range(0, days).Select(index => DayOf(index))];

        CalendarDay DayOf(int index)
        {
            var date = new DateTimeOffset(today.AddDays(index - days + 1), TimeSpan.Zero);
            var (good, bad) = counts[index];
            var isExpected = expectedEvery <= TimeSpan.FromDays(1) && date >= since && index < days - 1;
            return (good, bad) switch
            {
                ( > 0, 0) => new CalendarDay("good", $"{Texts.Day(date)}: {Texts.Count(good, "backup")}"),
                ( > 0, > 0) => new CalendarDay("good", $"{Texts.Day(date)}: {Texts.Count(good, "backup")}, {bad} failed"),
                (0, > 0) => new CalendarDay("bad", $"{Texts.Day(date)}: {bad} failed"),
                _ when isExpected => new CalendarDay("missing", $"{Texts.Day(date)}: no backup, although a job should have made one"),
                _ => new CalendarDay("none", $"{Texts.Day(date)}: none"),
            };
        }
    }
}
