using System.Diagnostics;

namespace Ankole.Nfs.Tests.Real;

/// <summary>An idle client keeps its lease, by SEQUENCE alone.</summary>
[Trait("Category", "RealServer")]
public sealed class LeaseTests(LeaseTests.GaneshaWithShortLease server) : IClassFixture<LeaseTests.GaneshaWithShortLease>
{
    public sealed class GaneshaWithShortLease : Ganesha
    {
        protected override int LeaseSeconds => 6;
    }

    [Fact]
    public async Task The_lease_is_the_servers_and_an_idle_client_renews_it()
    {
        server.Require();
        // Before the client's last request, which its own idle time begins with.
        var idle = Stopwatch.StartNew();
        await using var client = await server.ConnectToNewFolderAsync();
        Assert.Equal(TimeSpan.FromSeconds(6), client.Server.Lease);
        var before = client.Counters.Requests;
        while (idle.Elapsed < TimeSpan.FromSeconds(5) || client.Counters.Requests == before)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        // One for every half of the lease that has passed, and nothing else.
        Assert.InRange(client.Counters.Requests - before, 1, (long)(idle.Elapsed.TotalSeconds / 3));
    }
}
