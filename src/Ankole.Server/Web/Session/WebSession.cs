using System.Globalization;
using System.Security.Claims;

namespace Ankole.Server.Web.Session;

/// <summary>What a sign-in cookie says.</summary>
/// <param name="Id">Random; names the session.</param>
/// <param name="Token">The fingerprint of the token it was opened with: a changed token ends it.</param>
internal sealed record WebSession(string Id, string Token, DateTimeOffset Expires)
{
    public const string Scheme = "ankole-web";

    private const string TokenClaim = "token";
    private const string ExpiresClaim = "expires";

    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, Id),
            new Claim(TokenClaim, Token),
            new Claim(ExpiresClaim, Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ],
        Scheme));

    public static WebSession? Of(ClaimsPrincipal? principal) =>
        principal?.FindFirst(ClaimTypes.NameIdentifier)?.Value is { } id && principal.FindFirst(TokenClaim)?.Value is { } token
        && long.TryParse(principal.FindFirst(ExpiresClaim)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            ? new WebSession(id, token, DateTimeOffset.FromUnixTimeSeconds(expires))
            : null;
}
