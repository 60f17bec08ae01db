using System.Net;

namespace Ankole.Server.Web.Session;

/// <summary>Whether a token is the daemon's: the same check, with the same limit of failures, that guards the HTTP API.</summary>
public interface IWebSignIn
{
    /// <summary>Names the present token without telling it.</summary>
    string Fingerprint { get; }

    SignInAnswer Check(string token, IPAddress? from);
}

public enum SignInAnswer
{
    Welcome,
    WrongToken,

    /// <summary>Too many failures from that address: not even looked at.</summary>
    TooManyFailures,
}
