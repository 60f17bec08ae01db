using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ankole.Control;
using Ankole.Server;
using Ankole.Server.Web;
using Ankole.Server.Web.Session;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ankole.Web.Tests.Hosting;

/// <summary>
/// The UI over a real resource store without controllers: what is in the store is what a test put there. For pages, pictures, long lists and
/// sessions; flows through a whole daemon have their own host.
/// </summary>
public sealed class UiHost : IAsyncDisposable
{
    public const string Token = "the-token-of-these-tests";

    private readonly WebApplication app;
    private readonly SqliteResourceStore store;

    private UiHost(WebApplication app, SqliteResourceStore store, ErrorLog errors)
    {
        Errors = errors;
        this.app = app;
        this.store = store;
    }

    public IResourceStore Store => store;

    public string Address => app.Urls.First();

    public IServiceProvider Services => app.Services;

    /// <summary>What was logged as an error.</summary>
    public ErrorLog Errors { get; }

    /// <summary>Pages that are open: their state is in the daemon's memory.</summary>
    public int OpenPages => app.Services.GetRequiredService<PageCount>().Open;

    /// <param name="time">Of pages and sessions; null: the real clock.</param>
    /// <param name="keepsLeftPages">False: a page whose connection is lost is gone at once, not after the minutes in which it may come back.</param>
    public static async Task<UiHost> StartAsync(
        TimeSpan? sessions = null, bool keepsLeftPages = true, int port = 0, IDataProtectionProvider? keys = null, SqliteResourceStore? existing = null,
        TimeProvider? time = null)
    {
        var store = existing ?? SqliteResourceStore.CreateInMemory(TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        var errors = new ErrorLog();
        builder.Logging.ClearProviders().AddProvider(errors);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSingleton(keys ?? new EphemeralDataProtectionProvider());
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton(new WebStore(new AdmittedResourceStore(new RedactingResourceStore(store), new Admission([]))));
        builder.Services.AddSingleton<IWebSignIn, OneToken>();
        if (sessions is { } lifetime)
            builder.Services.Configure<WebSignInOptions>(options => options.Lifetime = lifetime);
        builder.Services.AddWebUi();
        if (!keepsLeftPages)
            builder.Services.Configure<CircuitOptions>(options => options.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMilliseconds(1));
        builder.Services.AddSingleton<PageCount>().AddScoped<CircuitHandler, CountingHandler>();
        var app = builder.Build();
        app.UseWebUi();
        app.MapGet("/healthz", () => "ok");
        app.MapWebUi();
        await app.StartAsync();
        return new UiHost(app, store, errors);
    }

    /// <summary>Ends the host; the store stays with who gave it.</summary>
    public async Task StopAsync()
    {
        await app.StopAsync(new CancellationTokenSource(TimeSpan.FromSeconds(1)).Token);
        await app.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await store.DisposeAsync();
    }

    private sealed class PageCount
    {
        private int open;

        public int Open => Volatile.Read(ref open);

        public void Add(int change) => Interlocked.Add(ref open, change);
    }

    private sealed class CountingHandler(PageCount count) : CircuitHandler
    {
        public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
        {
            count.Add(1);
            return Task.CompletedTask;
        }

        public override Task OnCircuitClosedAsync(Circuit circuit, CancellationToken cancellationToken)
        {
            count.Add(-1);
            return Task.CompletedTask;
        }
    }

    private sealed class OneToken : IWebSignIn
    {
        private int failures;

        public string Fingerprint => "one";

        public SignInAnswer Check(string token, IPAddress? from)
        {
            if (failures >= 10)
                return SignInAnswer.TooManyFailures;
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Token)))
                return SignInAnswer.Welcome;
            failures++;
            return SignInAnswer.WrongToken;
        }
    }
}
