using Ankole.Control;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Ankole.Web.Tests.Flows;

/// <summary>Everything is reached without a mouse, and the focus is where one expects it.</summary>
public sealed class KeyboardTests(Chromium chromium)
{
    [Fact]
    public async Task A_job_is_made_with_the_keyboard_alone()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        var keyboard = visitor.Page.Keyboard;

        // The token's field has the focus by itself, a moment after the page is there.
        await visitor.Page.GotoAsync(host.Address + "/jobs");
        await Expect(visitor.Page.GetByLabel("Token")).ToBeFocusedAsync();
        await keyboard.TypeAsync(UiHost.Token);
        await keyboard.PressAsync("Enter");
        await visitor.UsableAsync();

        await visitor.TabToAsync("New job");
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Dialog).ToBeVisibleAsync();
        await Expect(visitor.Field("Name")).ToBeFocusedAsync();
        await keyboard.PressAsync("Control+A");
        await keyboard.TypeAsync("by-keys");
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync("Sna");
        await keyboard.PressAsync("Tab");
        // The schedule's segments are radio buttons: the arrows choose.
        await keyboard.PressAsync("ArrowLeft");
        await Expect(visitor.Field("At minute")).ToBeVisibleAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        await Expect(visitor.Page.Locator("tbody")).ToContainTextAsync("by-keys");

        var job = await host.Store.GetAsync(Kinds.RecurringJob, "by-keys", CancellationToken.None);
        Assert.Equal("snapshot", job?.Spec.Task);
        Assert.Equal(Ankole.Server.Web.Jobs.Schedule.Hours, Ankole.Server.Web.Jobs.Schedule.Of(job!.Spec.Cron).Mode);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Escape_closes_a_dialog_and_the_focus_returns_to_what_opened_it()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token, "/secrets");
        var button = visitor.Page.GetByRole(AriaRole.Button, new() { Name = "New secret" }).First;
        await button.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Dialog).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Dialog).ToHaveCountAsync(0);
        await Expect(button).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_first_tab_stop_skips_to_the_content()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token, "/settings");
        // From the brand, the first link of the page, one step back.
        await visitor.Page.Locator(".brand").FocusAsync();
        await visitor.Page.Keyboard.PressAsync("Shift+Tab");
        await Expect(visitor.Page.Locator(".skip")).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Page.Locator("#main")).ToBeFocusedAsync();
    }
}
