namespace Ankole.Server.Tests.Api;

public sealed class AgeTests
{
    /// <summary>As kubectl itself shows these ages.</summary>
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(272, "4m32s")]
    [InlineData(600, "10m")]
    [InlineData(3 * 3600 - 1, "179m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(7 * 3600 + 300, "7h5m")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(48 * 3600, "2d")]
    [InlineData(7 * 86400 + 7200, "7d2h")]
    [InlineData(40 * 86400, "40d")]
    [InlineData(800L * 86400, "2y70d")]
    [InlineData(9L * 365 * 86400, "9y")]
    public void An_age_is_short(long seconds, string expected) => Assert.Equal(expected, Age.Text(TimeSpan.FromSeconds(seconds)));
}
