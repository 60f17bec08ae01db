namespace Ankole.Server.Web.Session;

public sealed class WebSignInOptions
{
    /// <summary>After this somebody signs in again, whatever they did meanwhile: a working day.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>
    /// Part of the cookies' names. A browser keeps cookies by host, whatever the port: two daemons of one host would take each other's away.
    /// Empty: plain names.
    /// </summary>
    public string Instance { get; set; } = "";

    /// <summary>Where sessions that were ended are kept beyond the process; null: nowhere.</summary>
    public string? EndedSessionsFile { get; set; }

    internal string CookieName(string purpose) => Instance.Length == 0 ? $"ankole-{purpose}" : $"ankole-{purpose}-{Instance}";
}
