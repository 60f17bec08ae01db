namespace Ankole.Server.Web.Session;

/// <summary>The session of one open page: when it is over, the page is told and goes to the sign-in.</summary>
internal sealed class SessionState(WebSessions sessions, TimeProvider time) : IDisposable
{
    /// <summary>The longest time that a timer takes at once; a longer session is looked at again.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(1);

    private WebSession? session;
    private ITimer? timer;
    private bool told;

    public bool IsOver => session is not null && (session.Expires <= time.GetUtcNow() || sessions.IsEnded(session.Id));

    /// <summary>Raised once, on any thread.</summary>
    public event Action? Over;

    public void Begin(WebSession? begun)
    {
        session = begun;
        sessions.Ended += OnEnded;
        timer = time.CreateTimer(_ => Look(), null, Wait(), Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        sessions.Ended -= OnEnded;
        timer?.Dispose();
    }

    private void OnEnded(string id)
    {
        if (id == session?.Id)
            Look();
    }

    private void Look()
    {
        if (!IsOver)
            timer?.Change(Wait(), Timeout.InfiniteTimeSpan);
        else if (!told)
        {
            told = true;
            Over?.Invoke();
        }
    }

    private TimeSpan Wait()
    {
        var left = (session?.Expires ?? time.GetUtcNow()) - time.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left > MaxWait ? MaxWait : left + TimeSpan.FromMilliseconds(50);
    }
}
