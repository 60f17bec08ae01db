using Ankole.Server.Web.Session;

namespace Ankole.Server.Web;

/// <summary>What every request of the UI passes; the headers and the origin check leave the API's requests alone, and a cookie says nothing there.</summary>
internal static class WebUiPipeline
{
    private static readonly string[] Others = ["/api", "/apis", "/openapi", "/metrics", "/healthz", "/readyz", "/livez", "/version"];

    public static void UseWebUi(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseOriginCheck();
        app.UseWhen(IsUi, ui => ui.UseResponseCompression());
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/_blazor"), pages => pages.Use(UntilStoppingAsync));
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    /// <summary>
    /// The connection of a page ends when the daemon begins to stop, and no page finds its way back into it: it would hold up the daemon's end, and tell
    /// that it is connected to what will be gone in a moment.
    /// </summary>
    private static async Task UntilStoppingAsync(HttpContext context, RequestDelegate next)
    {
        var stopping = context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        if (stopping.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        await using var ending = stopping.Register(context.Abort);
        await next(context);
    }

    public static bool IsUi(HttpContext context) => !Others.Any(other => context.Request.Path.StartsWithSegments(other));
}
