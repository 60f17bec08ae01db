using System.Reflection;

namespace Ankole.Server.Web.Assets;

/// <summary>The UI's files. They are in the program itself, so that the daemon serves the same ones wherever it is started from.</summary>
internal static class WebAssets
{
    private const string Prefix = "web/";

    /// <summary>The style sheet is kept in pieces, one per subject, and sent as one.</summary>
    private static readonly string[] StylePieces = ["tokens.css", "base.css", "shell.css", "controls.css", "tables.css", "forms.css", "pictures.css", "pages.css"];

    private static readonly Dictionary<string, WebAsset> All = Load();

    public static string Url(string name) => All[name].Url;

    public static void MapWebAssets(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/assets/{hash}/{name}", (string hash, string name, HttpContext context) =>
            All.TryGetValue(name, out var asset) && asset.Hash == hash ? SendAsync(asset, context) : NotFoundAsync(context));
        endpoints.MapGet("/favicon.ico", (HttpContext context) => SendAsync(All["icon.svg"], context));
    }

    private static Task SendAsync(WebAsset asset, HttpContext context)
    {
        var (bytes, encoding) = asset.For(context.Request.Headers.AcceptEncoding.ToString());
        var headers = context.Response.Headers;
        headers.ContentType = asset.ContentType;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.Vary = "Accept-Encoding";
        headers.ContentLength = bytes.Length;
        if (encoding is not null)
            headers.ContentEncoding = encoding;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Dictionary<string, WebAsset> Load()
    {
        var assets = new[]
        {
            new WebAsset("app.css", "text/css; charset=utf-8", [.. StylePieces.SelectMany(Read)]),
            new WebAsset("app.js", "text/javascript; charset=utf-8", Read("app.js")),
            new WebAsset("theme.js", "text/javascript; charset=utf-8", Read("theme.js")),
            new WebAsset("start.js", "text/javascript; charset=utf-8", Read("start.js")),
            new WebAsset("blazor.web.js", "text/javascript; charset=utf-8", Read("blazor.web.js")),
            new WebAsset("icon.svg", "image/svg+xml", Read("icon.svg")),
        };
        return assets.ToDictionary(asset => asset.Name);
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"{name} is missing from the program: it was built without the UI's files.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
