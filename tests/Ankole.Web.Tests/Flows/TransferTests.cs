using System.Globalization;
using System.Text.RegularExpressions;
using Ankole.Control;
using Ankole.Testing;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using TemporaryFolder = Ankole.Web.Tests.Hosting.TemporaryFolder;

namespace Ankole.Web.Tests.Flows;

/// <summary>A backup to a real NFS server at the end of a slow line, and the way back, watched from the browser.</summary>
public sealed partial class TransferTests(Chromium chromium)
{
    private const int MiB = 1 << 20;

    /// <summary>Noise, which does not pack, and many times what is under way at once: blocks that were begun together end together.</summary>
    private const int Bytes = 192 * MiB;

    /// <summary>The line's while it is looked at: a transfer would take three quarters of a minute, time to look twice and to reload on a busy machine.</summary>
    private const double BytesPerSecond = 4 * MiB;

    [Fact]
    public async Task A_transfer_over_a_slow_line_moves_in_sight_tells_rate_and_time_left_and_survives_a_reload()
    {
        if (GaneshaServer.WhyMissing() is { } missing)
        {
            Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", missing);
            Assert.Skip(missing);
        }
        var server = new GaneshaServer();
        try
        {
            await server.StartAsync();
            await using var line = new DelayingProxy(server.Port, TimeSpan.Zero, BytesPerSecond);
            await WatchAsync($"nfs://127.0.0.1:/export?nfsOptions=port={line.Port}", line);
        }
        finally
        {
            await server.WipeAsync();
        }
    }

    private async Task WatchAsync(string target, DelayingProxy line)
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.UseTargetAsync(target);
        await daemon.MakeVolumeAsync("data", "256Mi");
        var bytes = VolumeBytes.Random(1, Bytes);
        await VolumeBytes.WriteAsync(await daemon.EndpointAsync("data"), 0, bytes);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes/data");

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Back up", Exact = true }).ClickAsync();
        await visitor.SubmitAsync("Back up");
        await visitor.Page.Locator("[data-card=backups] tbody a.name").ClickAsync();
        await MovesAsync(visitor, visitor.Page.Locator("[data-work=backup]"));
        await Screenshots.TakeAsync(visitor.Page, "backup-running", "light");
        // Enough seen: the rest may go as fast as it can.
        line.Widen();
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("completed", new() { Timeout = 90_000 });

        line.Widen(BytesPerSecond);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Create volume" }).ClickAsync();
        await visitor.Field("Name").FillAsync("again");
        await visitor.SubmitAsync("Create volume");
        await Expect(visitor.Page.Locator("h1")).ToHaveTextAsync("again");
        await MovesAsync(visitor, visitor.Page.Locator("[data-work=restore]"));
        await Screenshots.TakeAsync(visitor.Page, "restore-running", "light");
        line.Widen();
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("detached", new() { Timeout = 90_000 });
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Attach" }).ClickAsync();
        Assert.Equal(bytes, await VolumeBytes.ReadAsync(await daemon.EndpointAsync("again"), 0, bytes.Length));
        Assert.Empty(visitor.Complaints);
    }

    /// <summary>The percent grow without a reload; a reload in the middle shows at least as much; rate and time left are told.</summary>
    private static async Task MovesAsync(Visitor visitor, ILocator work)
    {
        await Expect(work).ToContainTextAsync(Told());
        var first = await PercentAsync(work);
        var second = await BeyondAsync(work, first);
        await visitor.Page.ReloadAsync();
        await visitor.UsableAsync();
        await Expect(work).ToContainTextAsync(Told());
        var third = await PercentAsync(work);
        Assert.True(third >= second, $"{third} % after a reload, {second} % before");
        await BeyondAsync(work, third);
    }

    private static async Task<int> BeyondAsync(ILocator work, int percent)
    {
        for (var deadline = DateTime.UtcNow.AddMilliseconds(Chromium.PatienceMs); ; await Task.Delay(100))
        {
            if (await PercentAsync(work) is var now && now > percent)
                return now;
            Assert.True(DateTime.UtcNow < deadline, $"the page still shows {percent} %");
        }
    }

    private static async Task<int> PercentAsync(ILocator work) => int.Parse(await work.Locator("progress").GetAttributeAsync("value") ?? "", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"[1-9]\d? % · .+ of .+ · .+/s · .+ left")]
    private static partial Regex Told();
}
