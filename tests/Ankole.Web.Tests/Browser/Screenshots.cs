using Microsoft.Playwright;

namespace Ankole.Web.Tests.Browser;

/// <summary>Pictures of pages for people to look at: artifacts/screenshots/NAME-LOOK.png.</summary>
internal static class Screenshots
{
    private static readonly string Folder = Path.Combine(Repository(), "artifacts", "screenshots");

    /// <summary>The whole page; with a dialog before it, what is in sight.</summary>
    public static async Task TakeAsync(IPage page, string name, string look)
    {
        Directory.CreateDirectory(Folder);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Folder, $"{name}-{look}.png"), FullPage = await page.Locator("dialog[open]").CountAsync() == 0 });
    }

    public static string Repository()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
            if (File.Exists(Path.Combine(directory, "Ankole.slnx")))
                return directory;
        throw new InvalidOperationException("Ankole.slnx is in no folder above the tests: run them from a checkout.");
    }
}
