using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;

namespace Ankole.Web.Tests.Pages;

/// <summary>Every page in light, dark and at a phone's width, as pictures under artifacts/screenshots; and what a browser or a checker says of it.</summary>
public sealed class ScreenshotTests(Chromium chromium) : IAsyncLifetime
{
    private UiHost host = null!;

    private static readonly (string Name, string Path)[] All =
    [
        ("dashboard", "/"), ("volumes", "/volumes"), ("volume", "/volumes/postgres-main"), ("backups", "/backups"), ("backup", "/backups/backup-photos-running"), ("jobs", "/jobs"),
        ("job", "/jobs/nightly"), ("targets", "/targets"), ("secrets", "/secrets"), ("settings", "/settings"), ("nodes", "/nodes"), ("events", "/events"),
    ];

    private static readonly (string Name, string Path, string Button)[] Dialogs =
    [
        ("dialog-own-job", "/volumes/postgres-main", "Change own job offsite"), ("dialog-own-job-remove", "/volumes/postgres-main", "Remove own job offsite"), ("dialog-new-job", "/jobs", "New job"),
        ("dialog-new-volume", "/volumes", "New volume"), ("dialog-back-up", "/volumes/postgres-main", "Back up"),
    ];

    public async ValueTask InitializeAsync()
    {
        host = await UiHost.StartAsync();
        await World.FillAsync(host.Store, DateTimeOffset.UtcNow);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("light", 1360, 900)]
    [InlineData("dark", 1360, 900)]
    [InlineData("phone", 390, 844)]
    public async Task Every_page_is_drawn_without_a_complaint_of_the_browser_and_fits_its_width(string look, int width, int height)
    {
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address, new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height }, ColorScheme = look == "dark" ? ColorScheme.Dark : ColorScheme.Light, DeviceScaleFactor = look == "phone" ? 2 : 1,
        });
        await visitor.Page.GotoAsync(host.Address + "/");
        await Screenshots.TakeAsync(visitor.Page, "sign-in", look);
        await visitor.SignInAsync(UiHost.Token);
        foreach (var (name, path) in All)
        {
            await visitor.GoAsync(path);
            await Assertions.Expect(visitor.Page.Locator("h1")).ToBeVisibleAsync();
            var overflow = await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            await Screenshots.TakeAsync(visitor.Page, name, look);
            Assert.True(overflow <= 0, $"{name} is {overflow} pixels wider than a {look} window");
            var hidden = await visitor.Page.EvaluateAsync<int>("[...document.querySelectorAll('.rows td.act button')].filter(menu => menu.getBoundingClientRect().right > innerWidth).length");
            Assert.True(hidden == 0, $"{name}: the menus of {hidden} rows are out of sight in a {look} window");
        }
        foreach (var (name, path, button) in Dialogs)
        {
            await visitor.GoAsync(path);
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).First.ClickAsync();
            await visitor.Dialog.WaitForAsync();
            await Screenshots.TakeAsync(visitor.Page, name, look);
            var overflow = await visitor.Dialog.EvaluateAsync<int>("dialog => Math.max(0, ...[dialog, ...dialog.querySelectorAll('.dialog-body')].map(part => part.scrollWidth - part.clientWidth))");
            Assert.True(overflow <= 0, $"{name} is {overflow} pixels wider than its dialog in a {look} window");
        }
        Assert.Empty(visitor.Complaints);
    }
}
