namespace Ankole.Server.Web.Session;

/// <summary>What a browser may do with the UI's pages.</summary>
internal static class SecurityHeaders
{
    /// <summary>
    /// Only the daemon's own files, no inline script and no inline style (the UI's pictures are SVG with attributes, its measures are classes),
    /// no frame around it, forms to itself only.
    /// </summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; " +
        "base-uri 'self'; frame-ancestors 'none'; object-src 'none'";

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!WebUiPipeline.IsUi(context))
            return next(context);
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // With no-referrer a browser would hide the origin of the UI's own forms too.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
        if (!context.Request.Path.StartsWithSegments("/assets"))
            (headers.CacheControl, headers.Pragma) = ("no-cache, no-store", "no-cache");
        return next(context);
    });
}
