using System.Text.Json;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Ankole.Web.Tests.Seeding;
using Microsoft.Playwright;

namespace Ankole.Web.Tests.Pages;

/// <summary>axe-core finds nothing serious, on any page, in either colours, with dialogs open.</summary>
public sealed class AccessibilityTests(Chromium chromium)
{
    private static readonly string[] Pages = ["/", "/volumes", "/volumes/postgres-main", "/backups", "/backups/backup-mail-00", "/jobs", "/jobs/nightly", "/targets", "/secrets", "/settings", "/nodes", "/events"];

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_has_a_serious_violation(ColorScheme colours)
    {
        var axe = await AxeCore.ReadAsync();
        await using var host = await UiHost.StartAsync();
        await World.FillAsync(host.Store, DateTimeOffset.UtcNow);
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address, new BrowserNewContextOptions { ColorScheme = colours });
        var found = new List<string>();
        await visitor.Page.GotoAsync(host.Address + "/");
        found.AddRange(await CheckAsync(visitor.Page, axe, "sign-in"));
        await visitor.SignInAsync(UiHost.Token);
        foreach (var path in Pages)
        {
            await visitor.GoAsync(path);
            found.AddRange(await CheckAsync(visitor.Page, axe, path));
        }
        foreach (var (path, button) in new[] { ("/jobs", "New job"), ("/volumes", "New volume"), ("/targets", "New target"), ("/secrets", "New secret"), ("/volumes/postgres-main", "Back up"), ("/volumes/postgres-main", "Add job"), ("/volumes/postgres-main", "Change own job offsite"), ("/volumes/postgres-main", "Remove own job offsite") })
        {
            await visitor.GoAsync(path);
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).First.ClickAsync();
            await visitor.Dialog.WaitForAsync();
            found.AddRange(await CheckAsync(visitor.Page, axe, $"{path} with dialog '{button}'"));
        }
        Assert.Empty(found);
    }

    private static async Task<IEnumerable<string>> CheckAsync(IPage page, string axe, string where)
    {
        await page.EvaluateAsync(axe);
        var result = await page.EvaluateAsync<JsonElement>("axe.run(document, { resultTypes: ['violations'] })");
        return [.. from violation in result.GetProperty("violations").EnumerateArray()
                   where violation.GetProperty("impact").GetString() is "serious" or "critical"
                   from node in violation.GetProperty("nodes").EnumerateArray()
                   select $"{where}: {violation.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()}: {node.GetProperty("failureSummary").GetString()}"];
    }
}
