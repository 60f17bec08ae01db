namespace Ankole.Server.Web.Session;

/// <summary>
/// A page of another site must not open the UI's connection or send its forms: the Origin that a browser names must be the address it
/// called. SameSite cookies and antiforgery tokens say the same; this holds where those do not reach, at the WebSocket.
/// </summary>
internal static class OriginCheck
{
    public static void UseOriginCheck(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && WebUiPipeline.IsUi(context) && !IsOwn(origin, context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync($"The page at {origin} may not use this daemon. Open the UI at its own address.\n", context.RequestAborted);
            return;
        }
        await next(context);
    });

    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme == request.Scheme
        && HostString.FromUriComponent(uri) is var from && from.Host == request.Host.Host
        && (from.Port ?? DefaultPort(uri.Scheme)) == (request.Host.Port ?? DefaultPort(request.Scheme));

    private static int DefaultPort(string scheme) => scheme == "https" ? 443 : 80;
}
