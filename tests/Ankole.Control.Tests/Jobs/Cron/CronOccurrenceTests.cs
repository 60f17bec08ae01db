using System.Globalization;

namespace Ankole.Control.Tests.Jobs.Cron;

public sealed class CronOccurrenceTests
{
    private static readonly TimeZoneInfo Berlin = CronZone.Find("Europe/Berlin");

    [Theory]
    [InlineData("0 0 1 * 1", "2026-06-02T00:00Z", "2026-06-08T00:00Z")] // either day: the next Monday comes before the next first
    [InlineData("0 0 */2 * 1", "2026-06-01T00:00Z", "2026-06-03T00:00Z")] // a step restricts: odd days or Mondays
    [InlineData("0 0 */2 * 1", "2026-06-07T00:00Z", "2026-06-08T00:00Z")]
    [InlineData("0 0 */1 * 1", "2026-06-01T00:00Z", "2026-06-08T00:00Z")] // a step of 1 is a star: Mondays
    [InlineData("0 0 ? * 1", "2026-06-01T00:00Z", "2026-06-08T00:00Z")]
    [InlineData("0 0 29 2 *", "2026-03-01T00:00Z", "2028-02-29T00:00Z")]
    [InlineData("50/5 * * * *", "2026-06-01T00:00Z", "2026-06-01T00:50Z")]
    [InlineData("@every 90s", "2026-06-01T00:00:00.7Z", "2026-06-01T00:01:30Z")]
    [InlineData("* * * * *", "2026-06-01T00:00:59.999Z", "2026-06-01T00:01Z")]
    public void It_fires_as_Kubernetes_fires_it(string cron, string after, string expected) =>
        Assert.Equal(At(expected), CronExpression.Parse(cron).NextOccurrence(At(after), TimeZoneInfo.Utc));

    [Fact]
    public void A_day_that_never_comes_never_fires() =>
        Assert.Null(CronExpression.Parse("0 0 30 2 *").NextOccurrence(At("2026-06-01T00:00Z"), TimeZoneInfo.Utc));

    [Fact]
    public void A_time_that_the_clock_skips_fires_once_right_after_the_gap()
    {
        // On 29 March 2026 Berlin's clock goes from 02:00 to 03:00, at 01:00 UTC.
        var ticks = Ticks("*/20 2 * * *", "2026-03-28T12:00Z", "2026-03-30T12:00Z");
        Assert.Equal(["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T00:20Z", "2026-03-30T00:40Z"], ticks);
    }

    [Fact]
    public void A_time_that_the_clock_shows_twice_fires_the_first_time_only()
    {
        // On 25 October 2026 Berlin's clock goes from 03:00 back to 02:00, at 01:00 UTC.
        var ticks = Ticks("30 2 * * *", "2026-10-24T12:00Z", "2026-10-26T12:00Z");
        Assert.Equal(["2026-10-25T00:30Z", "2026-10-26T01:30Z"], ticks);
    }

    [Fact]
    public void A_job_of_every_hour_does_not_pause_while_the_clock_repeats_one()
    {
        var ticks = Ticks("*/30 * * * *", "2026-10-24T23:45Z", "2026-10-25T02:15Z");
        Assert.Equal(["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z", "2026-10-25T02:00Z"], ticks);
    }

    [Fact]
    public void Only_the_latest_of_many_missed_ticks_is_found_and_in_a_moment()
    {
        var cron = CronExpression.Parse("* * * * *");
        Assert.Equal(At("2026-06-01T12:34Z"), cron.LatestOccurrence(At("1990-01-01T00:00Z"), At("2026-06-01T12:34:56Z"), Berlin));
        Assert.Null(cron.LatestOccurrence(At("2026-06-01T12:34Z"), At("2026-06-01T12:34:59Z"), Berlin));
        Assert.Equal(At("2025-12-25T00:00Z"), CronExpression.Parse("0 0 25 12 *").LatestOccurrence(At("1990-01-01T00:00Z"), At("2026-06-01T00:00Z"), TimeZoneInfo.Utc));
        Assert.Equal(At("2026-06-01T00:07:30Z"), CronExpression.Parse("@every 90s").LatestOccurrence(At("2026-06-01T00:00Z"), At("2026-06-01T00:08:59Z"), TimeZoneInfo.Utc));
    }

    /// <summary>Every minute of a span is asked whether the expression names it: slow and plain, and so the judge of the fast way.</summary>
    [Theory]
    [InlineData("Etc/UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Asia/Kathmandu")]
    public void It_agrees_with_asking_every_minute(string zoneName)
    {
        var zone = CronZone.Find(zoneName);
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var text = RandomExpression(random);
            var cron = CronExpression.Parse(text);
            // Around the clock changes of the zones above, where the mistakes are.
            string[] starts = ["2026-03-07T12:00Z", "2026-03-28T12:00Z", "2026-04-04T03:00Z", "2026-10-03T03:00Z", "2026-10-24T12:00Z", "2026-10-31T12:00Z"];
            var from = At(starts[random.Next(starts.Length)]).AddMinutes(random.Next(600));
            var until = from.AddDays(2);

            var expected = MinuteByMinute(CronModel.Parse(text), zone, from, until);
            var actual = new List<DateTimeOffset>();
            for (var next = cron.NextOccurrence(from, zone); next <= until; next = cron.NextOccurrence(next.Value, zone))
                actual.Add(next.Value);
            Assert.True(expected.SequenceEqual(actual), $"'{text}' in {zoneName} from {from:u}: expected {Show(expected)}, was {Show(actual)}");
            Assert.Equal(expected.Count == 0 ? null : expected[^1], cron.LatestOccurrence(from, until, zone));
        }
    }

    private static List<DateTimeOffset> MinuteByMinute(CronModel model, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        var found = new List<DateTimeOffset>();
        for (var moment = from.AddMinutes(1); moment <= until; moment = moment.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(moment, zone).DateTime;
            var before = TimeZoneInfo.ConvertTime(moment.AddMinutes(-1), zone).DateTime;
            // The second showing of a time: the offset is the smaller one of the two.
            var isSecond = zone.IsAmbiguousTime(local) && zone.GetUtcOffset(moment) == zone.GetAmbiguousTimeOffsets(local).Min();
            var fires = model.Names(local) && (!isSecond || model.EveryHour);
            for (var skipped = before.AddMinutes(1); skipped < local; skipped = skipped.AddMinutes(1))
                fires |= model.Names(skipped);
            if (fires)
                found.Add(moment);
        }
        return found;
    }

    private static string RandomExpression(Random random)
    {
        string Field(int minimum, int maximum) => random.Next(6) switch
        {
            0 => "*",
            1 => $"*/{random.Next(1, 8)}",
            2 => $"{random.Next(minimum, maximum + 1)}/{random.Next(1, 8)}",
            3 => $"{random.Next(minimum, maximum + 1)},{random.Next(minimum, maximum + 1)}",
            4 => $"{minimum + 1}-{maximum}",
            _ => "*",
        };
        return $"{Field(0, 59)} {(random.Next(2) == 0 ? "1-3" : Field(0, 23))} {Field(1, 31)} * {Field(0, 6)}";
    }

    private static List<string> Ticks(string cron, string from, string until)
    {
        var ticks = new List<string>();
        var expression = CronExpression.Parse(cron);
        for (var next = expression.NextOccurrence(At(from), Berlin); next <= At(until); next = expression.NextOccurrence(next.Value, Berlin))
            ticks.Add(next.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture));
        return ticks;
    }

    private static string Show(IEnumerable<DateTimeOffset> moments) => string.Join(", ", moments.Take(20).Select(moment => moment.ToString("u", CultureInfo.InvariantCulture)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
