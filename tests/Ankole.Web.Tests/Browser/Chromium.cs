using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Ankole.Web.Tests.Browser.Chromium))]

namespace Ankole.Web.Tests.Browser;

/// <summary>The system's Chromium, started once for all tests and only when one needs it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Generous: two busy cores may serve the daemon, the browser and other tests.</summary>
    public const float PatienceMs = 30_000;

    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly SemaphoreSlim turn = new(1, 1);
    private IPlaywright? playwright;
    private IBrowser? browser;

    public static string? Program => Places.FirstOrDefault(File.Exists);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A browser profile of its own: cookies and storage are not shared with other tests.</summary>
    public async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(Program is null && Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") != "1", "Chromium is not installed (Debian: chromium)");
        await turn.WaitAsync();
        try
        {
            playwright ??= await Playwright.CreateAsync();
            Assertions.SetDefaultExpectTimeout(PatienceMs);
            browser ??= await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Program,
                Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            });
        }
        finally
        {
            turn.Release();
        }
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(PatienceMs);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.CloseAsync();
        playwright?.Dispose();
        turn.Dispose();
    }
}
