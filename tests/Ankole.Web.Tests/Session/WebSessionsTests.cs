using Ankole.Server.Web.Session;
using Ankole.Web.Tests.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Ankole.Web.Tests.Session;

/// <summary>Sessions that were ended stay ended, as long as that matters, in a file that stays small.</summary>
public sealed class WebSessionsTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void An_ended_session_is_ended_for_whoever_comes_after_until_its_cookie_expires()
    {
        using var folder = new TemporaryFolder();
        Start(folder).End(Id(1), time.GetUtcNow() + Lifetime);
        var again = Start(folder);
        Assert.True(again.IsEnded(Id(1)));
        Assert.False(again.IsEnded(Id(2)));
        time.Advance(Lifetime);
        var later = Start(folder);
        Assert.Equal(0, later.EndedCount);
    }

    [Fact]
    public void The_file_is_for_its_owner_only()
    {
        using var folder = new TemporaryFolder();
        Start(folder).End(Id(1), time.GetUtcNow() + Lifetime);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["ended"]));
    }

    [Fact]
    public async Task What_has_expired_leaves_the_file_with_the_next_sign_out()
    {
        using var folder = new TemporaryFolder();
        var sessions = Start(folder);
        sessions.End(Id(1), time.GetUtcNow() + Lifetime);
        time.Advance(Lifetime + TimeSpan.FromSeconds(1));
        sessions.End(Id(2), time.GetUtcNow() + Lifetime);
        Assert.StartsWith(Id(2), Assert.Single(await File.ReadAllLinesAsync(folder["ended"])), StringComparison.Ordinal);
        Assert.False(sessions.IsEnded(Id(1)));
    }

    [Fact]
    public async Task More_than_the_bound_are_not_kept_and_the_first_to_expire_goes()
    {
        using var folder = new TemporaryFolder();
        var first = time.GetUtcNow() + TimeSpan.FromHours(1);
        await File.WriteAllLinesAsync(folder["ended"], Enumerable.Range(0, WebSessions.MaxEnded).Select(i => $"{Id(i)} {first.AddSeconds(i).ToUnixTimeSeconds()}"));
        var sessions = Start(folder);
        Assert.Equal(WebSessions.MaxEnded, sessions.EndedCount);
        sessions.End(Id(WebSessions.MaxEnded), time.GetUtcNow() + Lifetime);
        Assert.Equal(WebSessions.MaxEnded, sessions.EndedCount);
        Assert.False(sessions.IsEnded(Id(0)));
        Assert.True(sessions.IsEnded(Id(WebSessions.MaxEnded)));
        Assert.Equal(WebSessions.MaxEnded, (await File.ReadAllLinesAsync(folder["ended"])).Length);
    }

    [Fact]
    public async Task Lines_that_are_none_are_left_out()
    {
        using var folder = new TemporaryFolder();
        var until = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        await File.WriteAllLinesAsync(folder["ended"], ["", "short 1", $"{Id(1)} {until}", $"{Id(2)} soon", $"{Id(3)} 99999999999999999", $"{Id(4)} {until} more", Id(5)]);
        var sessions = Start(folder);
        Assert.True(sessions.IsEnded(Id(1)));
        Assert.Equal(1, sessions.EndedCount);
    }

    [Fact]
    public void A_session_ends_here_and_now_even_where_it_cannot_be_kept()
    {
        using var folder = new TemporaryFolder();
        var sessions = new WebSessions(Options.Create(new WebSignInOptions { EndedSessionsFile = folder["no such folder/ended"] }), time, NullLogger<WebSessions>.Instance);
        var told = "";
        sessions.Ended += id => told = id;
        sessions.End(Id(1), time.GetUtcNow() + Lifetime);
        Assert.True(sessions.IsEnded(Id(1)));
        Assert.Equal(Id(1), told);
    }

    private WebSessions Start(TemporaryFolder folder) =>
        new(Options.Create(new WebSignInOptions { EndedSessionsFile = folder["ended"] }), time, NullLogger<WebSessions>.Instance);

    private static string Id(int number) => number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}
