using Ankole.Server.Web.Assets;
using Ankole.Server.Web.Live;
using Ankole.Server.Web.Session;
using Ankole.Server.Web.Shell;
using Microsoft.AspNetCore.Components.Server.Circuits;

namespace Ankole.Server.Web;

/// <summary>The web UI, as a part of the daemon.</summary>
internal static class WebUi
{
    /// <summary>Needs a <see cref="WebStore"/>, a <see cref="TimeProvider"/> and an <see cref="IWebSignIn"/> among the services.</summary>
    public static IServiceCollection AddWebUi(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents(options =>
        {
            // A page that lost its connection (a laptop that slept) finds its state again within this time; afterwards it is loaded anew.
            options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
            options.DisconnectedCircuitMaxRetained = 20;
        });
        // Sessions are never sent along by other sites, so nobody can mix his text with theirs and measure what it compresses to.
        services.AddResponseCompression(options => (options.EnableForHttps, options.MimeTypes) = (true, ["text/html"]));
        services.AddCascadingAuthenticationState();
        services.AddSingleton<LiveOptions>().AddSingleton<LiveTables>().AddSingleton<TransferHistory>().AddSingleton<WebSessions>();
        services.AddSingleton<SpaceHistory>().AddHostedService(provider => provider.GetRequiredService<SpaceHistory>());
        services.AddScoped<SessionState>().AddScoped<CircuitHandler, SessionCircuitHandler>();
        services.AddScoped<Browser>().AddScoped<Toasts>().AddScoped<UserActions>();
        services.AddWebSignIn();
        return services;
    }

    /// <summary>Maps the UI's pages. They come behind the API's paths, which they do not touch.</summary>
    public static void MapWebUi(this WebApplication app)
    {
        // The UI has its own way to know who it is: a session's cookie. Its files and its sign-in are for everybody.
        var ui = app.MapGroup("").WithMetadata(AnonymousEndpoint.Marker);
        ui.MapWebAssets();
        ui.MapSignIn();
        app.MapRazorComponents<App>()
            .AddInteractiveServerRenderMode(options => options.ContentSecurityFrameAncestorsPolicy = null)
            .WithMetadata(AnonymousEndpoint.Marker)
            .RequireAuthorization(WebSession.Scheme);
    }
}
