namespace Ankole.Control.Tests.Jobs.Cron;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("5m0s", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData(".5s", 0.5)]
    [InlineData("300ms", 0.3)]
    [InlineData("+90s", 90)]
    [InlineData("-1m", -60)]
    [InlineData("720h", 2_592_000)]
    [InlineData("1us", 0.000001)]
    [InlineData("1µs", 0.000001)]
    public void What_Go_reads_is_read(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond)), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("5")]
    [InlineData("1d")]
    [InlineData("1h 30m")]
    [InlineData(" 1h")]
    [InlineData("h")]
    [InlineData(".s")]
    [InlineData("1.2.3s")]
    [InlineData("1h30")]
    [InlineData("9999999999h")]
    public void What_Go_refuses_is_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(300, "5m0s")]
    [InlineData(5400, "1h30m0s")]
    [InlineData(1.5, "1.5s")]
    [InlineData(0.25, "250ms")]
    [InlineData(-3600, "-1h0m0s")]
    public void It_is_written_as_Go_writes_it(double seconds, string text)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        Assert.Equal(text, GoDuration.Format(duration));
        Assert.Equal(duration, GoDuration.Parse(text));
    }
}
