using System.Net;
using System.Security.Cryptography.X509Certificates;
using Ankole.Control;
using Ankole.Core;
using Ankole.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Ankole.Server;

/// <summary>The composition root: what <c>ankoled</c> consists of.</summary>
public static class AnkoleServer
{
    /// <summary>How long requests and controllers have to end when the daemon stops.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <param name="folder">Stays the caller's to dispose, after the application.</param>
    /// <param name="logging">Where the log goes; null: to the console in the options' format.</param>
    /// <exception cref="AnkoleException">The options contradict each other or the data folder.</exception>
    public static WebApplication Build(ServerOptions options, DataFolder folder, TimeProvider? time = null, Action<ILoggingBuilder>? logging = null)
    {
        CheckListening(options);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        ServerLogging.Add(builder.Logging, options.LogFormat);
        if (logging is not null)
            logging(builder.Logging.ClearProviders());
        AddKestrel(builder, options, options.TlsCertificate is null
            ? ServerCertificate.OwnOf(folder, time ?? TimeProvider.System)
            : ServerCertificate.Load(options.TlsCertificate, options.TlsKey!));
        AddServices(builder.Services, options, folder, time ?? TimeProvider.System);
        var app = builder.Build();
        app.UseWebUi();
        ApiEndpoints.Map(app);
        app.MapWebUi();
        return app;
    }

    private static void AddServices(IServiceCollection services, ServerOptions options, DataFolder folder, TimeProvider time)
    {
        services.AddSingleton(options);
        services.AddSingleton(folder);
        services.AddSingleton(time);
        services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddDataProtection().SetApplicationName("Ankole");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(new ConfigureOptions<KeyManagementOptions>(keys => keys.XmlRepository = new KeyRing(folder.Keys)));

        services.AddSingleton(provider => SqliteResourceStore.Open(
            folder.Database, time, provider.GetRequiredService<IDataProtectionProvider>(), provider.GetRequiredService<ILogger<SqliteResourceStore>>()));
        services.AddSingleton<IResourceStore>(provider => provider.GetRequiredService<SqliteResourceStore>());
        foreach (var rules in HostControllers.Admissions)
            services.AddSingleton(rules);
        services.AddSingleton<IKindAdmission, RecurringJobAdmission>();
        services.AddSingleton<IKindAdmission, StorageClassAdmission>();
        services.AddSingleton<IAdmission, Admission>();
        services.AddSingleton<KindAlias, LonghornRecurringJob>();
        services.AddSingleton<ApiStores>();

        services.AddSingleton(new BearerToken(TokenFile.ReadOrCreate(folder.Token)));
        services.AddSingleton<IRequestAuthenticator>(provider => provider.GetRequiredService<BearerToken>());
        services.AddSingleton<FailureLimiter>();
        ApiEndpoints.AddServices(services);
        ServerMetrics.Add(services);
        services.AddDaemonWebUi(folder);
        services.AddSingleton<Readiness>();
        if (!options.WithoutControllers)
            services.AddHostedService<ControllersService>();
        services.AddHostedService<ServiceNotifier>();
    }

    private static void AddKestrel(WebApplicationBuilder builder, ServerOptions options, X509Certificate2 certificate)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Listen, listen =>
            {
                if (IPAddress.IsLoopback(options.Listen.Address))
                    PlainOrTls.Use(listen, certificate);
                else
                    listen.UseHttps(certificate);
            });
        });
    }

    private static void CheckListening(ServerOptions options)
    {
        if (options.TlsCertificate is null != options.TlsKey is null)
            throw new InvalidInputException("--tls-cert and --tls-key are needed together.");
        if (options.TlsCertificate is null && !IPAddress.IsLoopback(options.Listen.Address))
            throw new InvalidInputException(
                $"listening on {options.Listen} without TLS would send the token in clear over the network: add --tls-cert and --tls-key, or listen on 127.0.0.1.");
    }
}
