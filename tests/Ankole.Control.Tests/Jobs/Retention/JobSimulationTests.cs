using System.Globalization;

namespace Ankole.Control.Tests.Jobs.Retention;

public sealed class JobSimulationTests
{
    private static readonly DateTimeOffset From = DateTimeOffset.Parse("2026-06-01T00:00Z", CultureInfo.InvariantCulture);

    [Fact]
    public void It_shows_day_by_day_what_is_made_kept_and_deleted()
    {
        var job = new RecurringJobSpec { Task = JobTask.Backup, Cron = "0 */6 * * *", Retain = 2, KeepDaily = 3 };
        var days = JobSimulation.Run(job, From, 5).ToList();

        Assert.Equal([3, 4, 4, 4, 4], days.Select(day => day.Created.Count)); // midnight of the first day is not after the beginning
        Assert.Equal(
            ["2026-06-05T18:00:00+00:00", "2026-06-05T12:00:00+00:00", "2026-06-04T18:00:00+00:00", "2026-06-03T18:00:00+00:00"],
            days[^1].Kept.Select(decision => decision.Item.Name));
        Assert.Equal("newest of day 2026-06-03: 3 of 3", days[^1].Kept[^1].Reason);
        Assert.Equal(19 - 4, days.Sum(day => day.Deleted.Count));
    }

    [Fact]
    public void A_quiet_day_is_shown_too()
    {
        var days = JobSimulation.Run(new RecurringJobSpec { Task = JobTask.Snapshot, Cron = "0 2 * * 1", Retain = 1, TimeZone = "Europe/Berlin" }, From.AddHours(1), 8).ToList();
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1], days.Select(day => day.Created.Count));
        Assert.Equal("2026-06-08T02:00:00+02:00", Assert.Single(days[^1].Kept).Item.Name);
    }

    [Fact]
    public void A_task_that_keeps_nothing_cannot_be_simulated() =>
        Assert.Throws<Core.InvalidInputException>(() => JobSimulation.Run(new RecurringJobSpec { Task = JobTask.FilesystemTrim, Cron = "@daily" }, From, 1));

    [Fact]
    public void However_long_it_is_it_ends()
    {
        var days = JobSimulation.Run(new RecurringJobSpec { Task = JobTask.Snapshot, Cron = "* * * * *", Retain = 1 }, From, int.MaxValue / 4096);
        Assert.Equal(JobSimulation.MaxTicks, days.Sum(day => day.Created.Count));
    }
}
