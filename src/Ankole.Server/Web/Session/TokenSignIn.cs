using System.Net;

namespace Ankole.Server.Web.Session;

/// <summary>The daemon's own token and limit of failures.</summary>
internal sealed class TokenSignIn(BearerToken token, FailureLimiter limiter) : IWebSignIn
{
    public string Fingerprint => token.Fingerprint;

    public SignInAnswer Check(string given, IPAddress? from) =>
        token.Matches(given) ? SignInAnswer.Welcome : limiter.TryFail(from) ? SignInAnswer.WrongToken : SignInAnswer.TooManyFailures;
}
