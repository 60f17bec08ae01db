using System.Collections.Concurrent;
using Ankole.Core;
using Microsoft.Extensions.Options;

namespace Ankole.Server.Web.Session;

/// <summary>Which signed-in browsers are no longer: signed out, or of a token that was changed. Sessions themselves live in the browsers' cookies.</summary>
internal sealed class WebSessions
{
    /// <summary>Sessions that were ended and whose cookies would still be good: at this many the one that expires first goes.</summary>
    public const int MaxEnded = 10_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> ended = new();
    private readonly Lock writing = new();
    private readonly EndedSessions? kept;
    private readonly TimeProvider time;
    private readonly ILogger<WebSessions> logger;

    public WebSessions(IOptions<WebSignInOptions> options, TimeProvider time, ILogger<WebSessions> logger)
    {
        (this.time, this.logger) = (time, logger);
        if (options.Value.EndedSessionsFile is not { } file)
            return;
        kept = new EndedSessions(file);
        foreach (var (id, expires) in kept.Read().Where(session => session.Expires > time.GetUtcNow()).Take(MaxEnded))
            ended[id] = expires;
    }

    /// <summary>Raised, on any thread, with the id of a session that was ended.</summary>
    public event Action<string>? Ended;

    /// <summary>How many are remembered.</summary>
    public int EndedCount => ended.Count;

    public bool IsEnded(string id) => ended.ContainsKey(id);

    /// <summary>Ends a session for every open page at once, and for a daemon that is started again.</summary>
    /// <param name="expires">When its cookie is good for nothing anyway.</param>
    public void End(string id, DateTimeOffset expires)
    {
        ended[id] = expires;
        Ended?.Invoke(id);
        try
        {
            lock (writing)
            {
                Forget();
                kept?.Write(ended);
            }
        }
        catch (Exception e) when (e is AnkoleException or IOException or UnauthorizedAccessException)
        {
            // It is over here and now; only a daemon that is started again would not know.
            WebLog.SessionEndNotKept(logger, expires, e.Message);
        }
    }

    private void Forget()
    {
        foreach (var (old, until) in ended)
            if (until <= time.GetUtcNow())
                ended.TryRemove(old, out _);
        while (ended.Count > MaxEnded)
            ended.TryRemove(ended.MinBy(entry => entry.Value).Key, out _);
    }
}
