using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Ankole.Web.Tests.Browser;

/// <summary>Somebody in front of a browser: signs in, goes to pages, and notes what the browser complained about.</summary>
public sealed partial class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly string address;

    private Visitor(IBrowserContext context, IPage page, string address)
    {
        this.context = context;
        this.address = address;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error" || Violation().IsMatch(message.Text))
                Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => Complaints.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Errors and violations of the content security policy in the console.</summary>
    public List<string> Complaints { get; } = [];

    public static async Task<Visitor> ComeAsync(Chromium chromium, string address, BrowserNewContextOptions? options = null)
    {
        var context = await chromium.OpenAsync(options);
        return new Visitor(context, await context.NewPageAsync(), address);
    }

    public async Task<Visitor> SignInAsync(string token, string to = "/")
    {
        await Page.GotoAsync(address + to);
        await Page.GetByLabel("Token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await UsableAsync();
        return this;
    }

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(address + path);
        await UsableAsync();
    }

    /// <summary>The page obeys: its connection stands.</summary>
    public Task UsableAsync() => Page.Locator(".shell[data-interactive=true]").WaitForAsync();

    /// <summary>A second page of the same browser.</summary>
    public async Task<IPage> OpenTabAsync(string path)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(address + path);
        await page.Locator(".shell[data-interactive=true]").WaitForAsync();
        return page;
    }

    /// <summary>Chooses from the menu with that label.</summary>
    public async Task ChooseAsync(string menu, string action)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = menu, Exact = true }).ClickAsync();
        await Page.Locator(".menu-items:popover-open").GetByText(action, new() { Exact = true }).ClickAsync();
    }

    /// <summary>Presses a button of the open dialog.</summary>
    public Task SubmitAsync(string button) => Dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    /// <summary>Presses Tab until what has that text or label has the focus.</summary>
    public async Task TabToAsync(string name)
    {
        for (var presses = 0; presses < 120; presses++)
        {
            await Page.Keyboard.PressAsync("Tab");
            if (await Page.EvaluateAsync<string>("(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()") == name)
                return;
        }
        Assert.Fail($"no number of Tabs leads to '{name}'");
    }

    /// <summary>The open dialog's field with that label.</summary>
    public ILocator Field(string label) => Dialog.GetByLabel(label, new() { Exact = true });

    public ILocator Dialog => Page.Locator("dialog[open]");

    public ILocator Said(string text) => Page.Locator("[data-toast]", new() { HasText = text });

    public IBrowserContext Context => context;

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    [GeneratedRegex("Content Security Policy|violates the following", RegexOptions.IgnoreCase)]
    private static partial Regex Violation();
}
