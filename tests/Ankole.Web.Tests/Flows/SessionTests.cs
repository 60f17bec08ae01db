using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Ankole.Testing;
using Ankole.Web.Tests.Browser;
using Ankole.Web.Tests.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;
using TemporaryFolder = Ankole.Web.Tests.Hosting.TemporaryFolder;

namespace Ankole.Web.Tests.Flows;

/// <summary>Who may see the UI, for how long, and what a browser may do with it.</summary>
public sealed partial class SessionTests(Chromium chromium)
{
    [Fact]
    public async Task A_wrong_token_opens_nothing_and_too_many_are_not_looked_at()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.Page.GotoAsync(host.Address + "/volumes");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await GuessAsync();
            await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the daemon's token");
        }
        await GuessAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("too many");

        // Returns on the page that answers: the one before it says the same.
        async Task GuessAsync()
        {
            await visitor.Page.EvaluateAsync("document.documentElement.dataset.left = 'true'");
            await visitor.Page.GetByLabel("Token").FillAsync("guess");
            await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await visitor.Page.Locator("html:not([data-left])").WaitForAsync();
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/volumes")]
    [InlineData("/secrets")]
    [InlineData("/_blazor/negotiate")]
    public async Task Nothing_is_shown_without_a_session(string path)
    {
        await using var host = await UiHost.StartAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var answer = path.StartsWith("/_blazor", StringComparison.Ordinal) ? await client.PostAsync(host.Address + path, null) : await client.GetAsync(host.Address + path);
        Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Redirect, HttpStatusCode.Unauthorized });
        Assert.DoesNotContain("shell", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_over_leads_an_open_page_to_the_sign_in()
    {
        // The browser's own clock keeps the cookie: that the session is over is the daemon's to say.
        var time = new SkippingClock();
        var lifetime = TimeSpan.FromHours(1);
        await using var host = await UiHost.StartAsync(sessions: lifetime, time: time);
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token, "/events");
        time.Skip(lifetime + TimeSpan.FromSeconds(1));
        await Expect(visitor.Page).ToHaveURLAsync(SignInAddress());
        await Expect(visitor.Page.GetByText("Your session is over")).ToBeVisibleAsync();
        await visitor.Page.GotoAsync(host.Address + "/volumes");
        await Expect(visitor.Page.GetByLabel("Token")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Signing_out_in_one_tab_ends_the_other()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token);
        var other = await visitor.OpenTabAsync("/volumes");
        var cookies = await visitor.Context.CookiesAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();
        await Expect(visitor.Page.GetByLabel("Token")).ToBeVisibleAsync();
        await Expect(other).ToHaveURLAsync(SignInAddress());

        // The old cookie, kept by somebody, opens nothing any more.
        await visitor.Context.AddCookiesAsync(cookies.Select(cookie => new Microsoft.Playwright.Cookie { Name = cookie.Name, Value = cookie.Value, Url = host.Address }));
        await visitor.Page.GotoAsync(host.Address + "/volumes");
        await Expect(visitor.Page.GetByLabel("Token")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_signed_out_cookie_opens_nothing_after_a_restart_of_the_daemon_either_and_another_session_goes_on()
    {
        using var folder = new TemporaryFolder();
        using var port = new ReservedPort();
        var daemon = await DaemonHost.StartAsync(folder["data"], port.Number);
        await using var leaving = await Visitor.ComeAsync(chromium, daemon.Address);
        await using var staying = await Visitor.ComeAsync(chromium, daemon.Address);
        IReadOnlyList<BrowserContextCookiesResult> cookies;
        try
        {
            await leaving.SignInAsync(daemon.Token);
            await staying.SignInAsync(daemon.Token);
            cookies = await leaving.Context.CookiesAsync();
            await leaving.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();
            await Expect(leaving.Page.GetByLabel("Token")).ToBeVisibleAsync();
        }
        finally
        {
            await daemon.DisposeAsync();
        }

        await using var again = await DaemonHost.StartAsync(folder["data"], port.Number);
        await staying.GoAsync("/volumes");
        await leaving.Context.AddCookiesAsync(cookies.Select(cookie => new Microsoft.Playwright.Cookie { Name = cookie.Name, Value = cookie.Value, Url = again.Address }));
        await leaving.Page.GotoAsync(again.Address + "/volumes");
        await Expect(leaving.Page.GetByLabel("Token")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_end_of_a_session_is_no_error_of_the_daemon()
    {
        await using var host = await UiHost.StartAsync(keepsLeftPages: false);
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token);
        var other = await visitor.OpenTabAsync("/volumes");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();
        await Expect(other).ToHaveURLAsync(SignInAddress());
        // Both pages are gone for the daemon, whatever it still had to say to them.
        for (var deadline = DateTime.UtcNow.AddMilliseconds(2 * Chromium.PatienceMs); host.OpenPages > 0; await Task.Delay(50))
            Assert.True(DateTime.UtcNow < deadline, $"{host.OpenPages} pages are still open for the daemon");
        Assert.Empty(host.Errors.Texts);
    }

    [Fact]
    public async Task One_browser_is_signed_in_to_two_daemons_of_one_host()
    {
        using var folder = new TemporaryFolder();
        await using var one = await DaemonHost.StartAsync(folder["one"]);
        await using var other = await DaemonHost.StartAsync(folder["other"]);
        await using var visitor = await Visitor.ComeAsync(chromium, one.Address);
        await visitor.SignInAsync(one.Token, "/jobs");
        var second = await visitor.Context.NewPageAsync();
        await second.GotoAsync(other.Address + "/jobs");
        await second.GetByLabel("Token").FillAsync(other.Token);
        await second.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(second.Locator("h1")).ToHaveTextAsync("Recurring jobs");

        await visitor.GoAsync("/volumes");
        await second.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).First.ClickAsync();
        await Expect(second.GetByLabel("Token")).ToBeVisibleAsync();
        await visitor.GoAsync("/jobs");
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task The_session_cookie_is_out_of_reach_for_scripts_and_other_sites()
    {
        await using var host = await UiHost.StartAsync();
        await using var visitor = await Visitor.ComeAsync(chromium, host.Address);
        await visitor.SignInAsync(UiHost.Token);
        var cookie = (await visitor.Context.CookiesAsync()).Single(known => known.Name == "ankole-session");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        Assert.Equal("", await visitor.Page.EvaluateAsync<string>("document.cookie"));
    }

    [Fact]
    public async Task A_page_of_another_origin_opens_no_connection_and_sends_no_form()
    {
        await using var host = await UiHost.StartAsync();
        using var client = new HttpClient();
        var form = new HttpRequestMessage(HttpMethod.Post, host.Address + "/sign-in") { Content = new FormUrlEncodedContent([new("token", UiHost.Token)]) };
        form.Headers.Add("Origin", "https://elsewhere.example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(form)).StatusCode);

        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", "https://elsewhere.example.com");
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(host.Address.Replace("http", "ws", StringComparison.Ordinal) + "/_blazor"), CancellationToken.None));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_sign_in_without_the_forms_own_mark_is_refused()
    {
        await using var host = await UiHost.StartAsync();
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var answer = await client.PostAsync(host.Address + "/sign-in", new FormUrlEncodedContent([new("token", UiHost.Token)]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(cookie => cookie.StartsWith("ankole-session", StringComparison.Ordinal)));
    }

    /// <summary>Looked for again and again: a wait for the navigation misses one that comes while it begins.</summary>
    [GeneratedRegex("/sign-in")]
    private static partial Regex SignInAddress();
}
