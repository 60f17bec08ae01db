using Ankole.Server.Web.Jobs;

namespace Ankole.Web.Tests.Jobs;

/// <summary>What is picked and the cron line say the same, both ways.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData("*/5 * * * *", Schedule.Minutes)]
    [InlineData("* * * * *", Schedule.Minutes)]
    [InlineData("7 * * * *", Schedule.Hours)]
    [InlineData("30 */6 * * *", Schedule.Hours)]
    [InlineData("15 2 * * *", Schedule.Daily)]
    [InlineData("0 4 * * 0,3", Schedule.Weekly)]
    [InlineData("0 4 31 * *", Schedule.Monthly)]
    [InlineData("*/7 * * * *", Schedule.Cron)]
    [InlineData("0 4 * * mon", Schedule.Cron)]
    [InlineData("0 4 1 1 *", Schedule.Cron)]
    [InlineData("0 4 1 * 1", Schedule.Cron)]
    [InlineData("0 4 * * 7", Schedule.Cron)]
    [InlineData("@every 90m", Schedule.Cron)]
    [InlineData("", Schedule.Cron)]
    public void A_cron_line_is_shown_as_it_would_be_picked_and_comes_out_unchanged(string cron, string mode)
    {
        var schedule = Schedule.Of(cron);
        Assert.Equal(mode, schedule.Mode);
        Assert.Equal(cron, schedule.ToCron());
    }

    [Fact]
    public void Days_of_the_week_come_in_order() =>
        Assert.Equal("0 2 * * 1,3,5", new Schedule { Mode = Schedule.Weekly, Weekdays = [5, 1, 3] }.ToCron());
}
