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
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
    }

    public static bool IsUi(HttpContext context) => !Others.Any(other => context.Request.Path.StartsWithSegments(other));
}
