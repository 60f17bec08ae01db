namespace Ankole.Server;

/// <summary>One way in which a request shows that it may: a bearer token, a session of the web UI.</summary>
public interface IRequestAuthenticator
{
    /// <summary>Looks at what the request carries of this way's credentials.</summary>
    Credentials Check(HttpContext context);
}

public enum Credentials
{
    /// <summary>None of this way's: another way may know better.</summary>
    None,
    Valid,
    Wrong,
}

/// <summary>On an endpoint: it is answered without credentials (health, a sign-in page and what it needs). Everything else needs them.</summary>
public sealed class AnonymousEndpoint
{
    public static AnonymousEndpoint Marker { get; } = new();
}
