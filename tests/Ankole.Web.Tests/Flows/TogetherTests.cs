using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>Several people, several pages: all see the same, without asking for it.</summary>
public sealed class TogetherTests(Chromium chromium)
{
    [Fact]
    public async Task What_one_browser_does_the_other_shows_without_a_reload()
    {
        await using var host = await UiHost.StartAsync();
        await using var one = await Visitor.ComeAsync(chromium, host.Address);
        await using var other = await Visitor.ComeAsync(chromium, host.Address);
        await one.SignInAsync(UiHost.Token, "/jobs");
        await other.SignInAsync(UiHost.Token, "/jobs");

        await one.Page.GetByRole(AriaRole.Button, new() { Name = "New job" }).First.ClickAsync();
        await one.Field("Name").FillAsync("shared");
        await one.Dialog.GetByRole(AriaRole.Button, new() { Name = "Create job" }).ClickAsync();
        await Expect(other.Page.Locator("tbody")).ToContainTextAsync("shared");

        await other.ChooseAsync("Actions for shared", "Delete");
        await other.Dialog.GetByRole(AriaRole.Button, new() { Name = "Delete job" }).ClickAsync();
        await Expect(one.Page.GetByText("No recurring jobs")).ToBeVisibleAsync();
        Assert.Empty(one.Complaints.Concat(other.Complaints));
    }

    [Fact]
    public async Task A_backup_is_watched_as_it_progresses_and_a_reload_loses_nothing()
    {
        await using var host = await UiHost.StartAsync();
        var backup = await Backups.AddRunningAsync(host.Store, "photos", DateTimeOffset.UtcNow);
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token, $"/backups/{backup.Name}");
        var work = visitor.Page.Locator("[data-work=backup]");
        await Expect(work).ToContainTextAsync("37 %");
        await Expect(work).ToContainTextAsync("left");

        for (var percent = 40; percent <= 70; percent += 10)
            backup = await host.Store.UpdateStatusAsync(backup with { Status = Backups.Running(backup.Status, percent, percent * 1_000_000L, DateTimeOffset.UtcNow) }, CancellationToken.None);
        await Expect(work).ToContainTextAsync("70 %");
        await Expect(work).ToContainTextAsync("66.76 MiB/s");
        await visitor.Page.ReloadAsync();
        await visitor.UsableAsync();
        await Expect(work).ToContainTextAsync("70 %");
        await Expect(work.Locator("progress")).ToHaveAttributeAsync("value", "70");
        await Expect(work.Locator("svg path").First).ToBeVisibleAsync();

        await host.Store.UpdateStatusAsync(backup with { Status = backup.Status with { State = BackupState.Completed, Progress = 100, Transfer = null } }, CancellationToken.None);
        await Expect(visitor.Page.Locator(".page-head .badge")).ToHaveTextAsync("completed");
        await Expect(work).ToBeHiddenAsync();
        Assert.Empty(visitor.Complaints);
    }
}
