using Ankole.Control;
using Ankole.Testing;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using TemporaryFolder = Ankole.Web.Tests.Hosting.TemporaryFolder;

namespace Ankole.Web.Tests.Flows;

/// <summary>What goes wrong is said, with what to do; what comes back heals by itself.</summary>
public sealed class TroubleTests(Chromium chromium)
{
    [Fact]
    public async Task A_wrong_target_is_told_beside_its_field_or_by_the_step_that_failed()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/targets");
        var page = visitor.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Set it up" }).ClickAsync();

        await visitor.Field("URL").FillAsync("ftp://example.com/backups");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save and test" }).ClickAsync();
        await Expect(visitor.Dialog.Locator(".errors")).ToContainTextAsync("ftp");
        await Expect(visitor.Field("URL")).ToHaveAttributeAsync("aria-invalid", "true");

        // Nothing listens there: the answer is a refusal, at once.
        await visitor.Field("URL").FillAsync("nfs://127.0.0.1:/export?nfsOptions=port=1");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Save and test" }).ClickAsync();
        await Expect(page.Locator("[data-target=default] .badge").First).ToHaveTextAsync("unavailable");
        await Expect(page.Locator("[data-why=unavailable]")).ToContainTextAsync("127.0.0.1");
        await Expect(page.Locator(".probe li", new() { HasText = "failed" })).ToHaveCountAsync(1);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_target_that_goes_away_under_an_open_page_keeps_its_backups_in_sight_and_says_so()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["store"]);
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await daemon.Store.ChangeAsync<BackupTargetResource>(new ResourceKey(Kinds.BackupTarget, null, "default"), status: false,
            target => target with { Spec = target.Spec with { BackupTargetUrl = $"file://{folder["store"]}" } }, CancellationToken.None);
        await daemon.UntilAsync(Kinds.BackupTarget, "default", target => target.Status.Available);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes?new=1");
        await visitor.Field("Name").FillAsync("data");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create volume" }).ClickAsync();
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("attached");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Back up", Exact = true }).ClickAsync();
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Back up" }).ClickAsync();
        await Expect(visitor.Page.Locator("[data-card=backups] tbody tr").First).ToContainTextAsync("completed");

        await visitor.GoAsync("/backups");
        Directory.Move(folder["store"], folder["gone"]);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Look again" }).ClickAsync();
        await Expect(visitor.Page.GetByText("Target default does not answer.")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(1);

        // Nobody made a new store where the old one was.
        Assert.False(Directory.Exists(folder["store"]));
        Directory.Move(folder["gone"], folder["store"]);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Look again" }).ClickAsync();
        await Expect(visitor.Page.GetByText("Target default does not answer.")).ToBeHiddenAsync();
        await Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task A_daemon_that_is_restarted_under_an_open_page_is_missed_aloud_and_found_again()
    {
        using var folder = new TemporaryFolder();
        using var port = new ReservedPort();
        var daemon = await DaemonHost.StartAsync(folder["data"], port.Number);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        try
        {
            await visitor.SignInAsync(daemon.Token, "/jobs");
        }
        finally
        {
            await daemon.DisposeAsync();
        }
        await Expect(visitor.Page.Locator("#connection")).ToContainTextAsync("The connection is lost");

        await using var again = await DaemonHost.StartAsync(folder["data"], port.Number);
        await Expect(visitor.Page.Locator("#connection")).ToBeHiddenAsync();
        await visitor.UsableAsync();
        await Expect(visitor.Page.Locator("h1")).ToHaveTextAsync("Recurring jobs");
        // What the browser said of the lost connection is no surprise; from here on it has nothing to say.
        visitor.Complaints.Clear();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "New job" }).First.ClickAsync();
        await Expect(visitor.Dialog).ToBeVisibleAsync();
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task No_page_finds_its_way_back_into_a_daemon_that_is_stopping()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/jobs");
        daemon.BeginToStop();
        // The first attempts of the page have failed: it still says so.
        await Expect(visitor.Page.Locator("#connection")).ToContainTextAsync("(attempt 3)");
        await Expect(visitor.Page.Locator("#connection")).ToContainTextAsync("The connection is lost");
    }

    [Fact]
    public async Task A_form_shows_every_mistake_beside_its_field()
    {
        using var folder = new TemporaryFolder();
        await using var daemon = await DaemonHost.StartAsync(folder["data"]);
        await using var visitor = await Visitor.ComeAsync(chromium, daemon.Address);
        await visitor.SignInAsync(daemon.Token, "/volumes?new=1");
        await visitor.Field("Name").FillAsync("No Name!");
        await visitor.Field("Size").FillAsync("many");
        await visitor.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create volume" }).ClickAsync();
        await Expect(visitor.Dialog.Locator(".field", new() { Has = visitor.Page.GetByLabel("Name", new() { Exact = true }) }).Locator(".errors").First).ToContainTextAsync("No Name!");
        await Expect(visitor.Dialog.Locator(".field", new() { Has = visitor.Page.GetByLabel("Size", new() { Exact = true }) }).Locator(".errors").First).ToContainTextAsync("many");
        Assert.Empty(visitor.Complaints);
    }
}
