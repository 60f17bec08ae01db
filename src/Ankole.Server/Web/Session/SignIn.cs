using System.Security.Cryptography;
using Ankole.Server.Web.Shell;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Ankole.Server.Web.Session;

/// <summary>Signing in with the daemon's token, and out. The browser keeps a cookie that scripts do not see and other sites do not send.</summary>
internal static class SignIn
{
    public const string Path = "/sign-in";

    /// <summary>A token is 43 characters; a form with more than this is no sign-in.</summary>
    private const long MaxFormBytes = 8 * 1024;

    public static void AddWebSignIn(this IServiceCollection services)
    {
        services.AddOptions<WebSignInOptions>();
        services.AddAuthentication(WebSession.Scheme).AddCookie(WebSession.Scheme, options =>
        {
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            options.LoginPath = Path;
            options.ReturnUrlParameter = "to";
            options.SlidingExpiration = false;
            options.Events = new CookieAuthenticationEvents { OnValidatePrincipal = ValidateAsync };
        });
        services.AddOptions<CookieAuthenticationOptions>(WebSession.Scheme)
            .Configure<IOptions<WebSignInOptions>>((options, signIn) => options.Cookie.Name = signIn.Value.CookieName("session"));
        services.AddAuthorizationBuilder().AddPolicy(WebSession.Scheme, policy => policy.AddAuthenticationSchemes(WebSession.Scheme).RequireAuthenticatedUser());
        services.AddAntiforgery(options =>
        {
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddOptions<AntiforgeryOptions>().Configure<IOptions<WebSignInOptions>>((options, signIn) => options.Cookie.Name = signIn.Value.CookieName("form"));
    }

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (HttpContext context, string? to, string? over) =>
            context.User.Identity?.IsAuthenticated == true ? (IResult)Results.LocalRedirect(Local(to)) : Page(to, null, over is not null));
        endpoints.MapPost(Path, SignInAsync).DisableAntiforgery();
        endpoints.MapPost("/sign-out", SignOutAsync).DisableAntiforgery();
    }

    private static async Task<IResult> SignInAsync(
        HttpContext context, IAntiforgery antiforgery, IWebSignIn signIn, IOptions<WebSignInOptions> options, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger(typeof(SignIn));
        if (context.Request.ContentLength is null or > MaxFormBytes || !await antiforgery.IsRequestValidAsync(context))
            return Refused(context, null, "This form was open for too long. Try once more.", StatusCodes.Status400BadRequest);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var to = form["to"].ToString();
        var from = context.Connection.RemoteIpAddress;
        switch (signIn.Check(form["token"].ToString().Trim(), from))
        {
            case SignInAnswer.Welcome:
                break;
            case SignInAnswer.TooManyFailures:
                return Refused(context, to, "There were too many wrong tokens from your address. Wait a minute, then try again.", StatusCodes.Status429TooManyRequests);
            default:
                WebLog.SignInRefused(logger, from);
                return Refused(context, to, "This is not the daemon's token. It stands in the file token of its data folder.", StatusCodes.Status401Unauthorized);
        }
        var expires = time.GetUtcNow() + options.Value.Lifetime;
        var session = new WebSession(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), signIn.Fingerprint, expires);
        await context.SignInAsync(WebSession.Scheme, session.ToPrincipal(), new AuthenticationProperties { IsPersistent = true, IssuedUtc = time.GetUtcNow(), ExpiresUtc = expires });
        WebLog.SignedIn(logger, from);
        return Results.LocalRedirect(Local(to));
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery, WebSessions sessions)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return Results.LocalRedirect("/");
        if (WebSession.Of(context.User) is { } session)
            sessions.End(session.Id, session.Expires);
        await context.SignOutAsync(WebSession.Scheme);
        return Results.LocalRedirect(Path);
    }

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        if (WebSession.Of(context.Principal) is { } session && session.Token == services.GetRequiredService<IWebSignIn>().Fingerprint
            && session.Expires > services.GetRequiredService<TimeProvider>().GetUtcNow() && !services.GetRequiredService<WebSessions>().IsEnded(session.Id))
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(WebSession.Scheme);
    }

    private static RazorComponentResult<SignInPage> Page(string? to, string? error, bool over) =>
        new(new Dictionary<string, object?> { [nameof(SignInPage.To)] = Local(to), [nameof(SignInPage.Error)] = error, [nameof(SignInPage.Over)] = over });

    private static RazorComponentResult<SignInPage> Refused(HttpContext context, string? to, string why, int status)
    {
        context.Response.StatusCode = status;
        return Page(to, why, over: false);
    }

    /// <summary>A path of the UI, never an address elsewhere.</summary>
    private static string Local(string? to) =>
        to is ['/', ..] && !to.StartsWith("//", StringComparison.Ordinal) && !to.StartsWith("/\\", StringComparison.Ordinal) && !to.StartsWith(Path, StringComparison.Ordinal) ? to : "/";
}
