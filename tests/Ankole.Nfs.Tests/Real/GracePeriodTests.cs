using Ankole.Testing;

namespace Ankole.Nfs.Tests.Real;

/// <summary>A server with a grace period: after its restart it takes nothing new until its former clients had their time.</summary>
[Trait("Category", "RealServer")]
public sealed class GracePeriodTests(GracePeriodTests.GaneshaWithGrace server) : IClassFixture<GracePeriodTests.GaneshaWithGrace>
{
    public sealed class GaneshaWithGrace : Ganesha
    {
        protected override int GraceSeconds => 5;
    }

    [Fact]
    public async Task A_write_that_meets_the_grace_period_waits_and_is_then_done()
    {
        server.Require();
        // Slow until the server is back: what comes before may take it longer on a busy machine.
        var time = new PacedTime(PacedTime.Slow);
        await using var client = await server.ConnectToNewFolderAsync(
            options => options with { Timeout = TimeSpan.FromSeconds(2), Deadline = TimeSpan.FromSeconds(4), TimeProvider = time });
        await client.WriteFileAsync("before", new byte[100], TestContext.Current.CancellationToken);
        await server.KillAsync();
        await server.StartAsync();
        time.Pace = 1;

        var writing = client.WriteFileAsync("after", new byte[3 << 20], TestContext.Current.CancellationToken).AsTask();
        // Longer than a request may take: so much of the grace period does not count. Then slow again, for the disk may be busy.
        await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(4.5), time, TestContext.Current.CancellationToken));
        time.Pace = PacedTime.Slow;
        await writing;

        Assert.Equal(["after", "before"], await FileTests.NamesAsync(client, ""));
        Assert.Equal(3 << 20, (await client.StatAsync("after", TestContext.Current.CancellationToken))!.Value.Length);
        time.Pace = 1;
    }
}
