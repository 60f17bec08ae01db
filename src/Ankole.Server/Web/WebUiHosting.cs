using Ankole.Control;
using Ankole.Server.Web.Live;
using Ankole.Server.Web.Session;

namespace Ankole.Server.Web;

/// <summary>The UI among the daemon's other parts.</summary>
internal static class WebUiHosting
{
    public static void AddDaemonWebUi(this IServiceCollection services, DataFolder folder)
    {
        services.AddSingleton(provider => new WebStore(provider.GetRequiredService<ApiStores>().Live));
        services.AddSingleton<IWebSignIn, TokenSignIn>();
        services.AddSingleton(provider => new DeletionPreview(
            provider.GetRequiredService<IResourceStore>(), new Control.HostOptions { DataFolder = folder.Path, NodeName = "" }, provider.GetRequiredService<TimeProvider>()));
        services.Configure<WebSignInOptions>(options => (options.Instance, options.EndedSessionsFile) = (folder.InstanceId(), folder.EndedSessions));
        services.Configure<SpaceHistoryOptions>(options => options.File = folder.SpaceHistory);
        services.AddWebUi();
    }
}
