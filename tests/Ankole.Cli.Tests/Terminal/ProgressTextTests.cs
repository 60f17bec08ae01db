using Ankole.Core;

namespace Ankole.Cli.Tests.Terminal;

public sealed class ProgressTextTests
{
    private static readonly TimeSpan Elapsed = TimeSpan.FromSeconds(75);

    [Fact]
    public void A_running_operation_shows_bytes_rate_and_time_left() => Assert.Equal(
        "backup: reading 512 MiB of 2 GiB (25 %), 256 MiB/s, 0:06 left",
        ProgressText.Line("backup", new OperationProgress("reading", 512L << 20, 2L << 30), 256 << 20, Elapsed));

    [Fact]
    public void A_stalled_operation_says_that_it_waits() => Assert.Equal(
        "backup: sending 512 MiB of 2 GiB (25 %), waiting, 1:15 so far",
        ProgressText.Line("backup", new OperationProgress("sending", 512L << 20, 2L << 30), 0, Elapsed));

    [Fact]
    public void An_operation_of_unknown_size_shows_the_time_it_took() => Assert.Equal(
        "verify: listing, 1:15 so far", ProgressText.Line("verify", new OperationProgress("listing", 7, 0), 0, Elapsed));

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(754, "12:34")]
    [InlineData(3723, "1:02:03")]
    [InlineData(100_000, "27:46:40")]
    public void A_clock_grows_with_its_hours(int seconds, string text) => Assert.Equal(text, ProgressText.Clock(TimeSpan.FromSeconds(seconds)));
}
