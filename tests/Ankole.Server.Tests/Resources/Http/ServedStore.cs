using System.Net;
using Ankole.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ankole.Server.Tests.Resources.Http;

/// <summary>The API over a store in memory, without rules of kinds and controllers, and the store that a client has of it.</summary>
internal sealed class ServedStore : IResourceStore, IAsyncDisposable
{
    private const string Token = "a-token-of-thirty-two-characters-and-more";

    private readonly WebApplication app;
    private readonly ApiClient client;
    private readonly HttpResourceStore store;

    private ServedStore(WebApplication app)
    {
        this.app = app;
        client = new ApiClient(new ApiAccess(new Uri(app.Urls.First())) { Token = Token });
        store = new HttpResourceStore(client, TimeProvider.System);
    }

    public static async Task<ServedStore> StartAsync(TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(new ServerOptions { DataFolder = "", WithoutControllers = true });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IResourceStore>(_ => SqliteResourceStore.CreateInMemory(time));
        builder.Services.AddSingleton<IAdmission>(new Admission([]));
        builder.Services.AddSingleton<ApiStores>();
        builder.Services.AddSingleton<IRequestAuthenticator>(new BearerToken(Token));
        builder.Services.AddSingleton<FailureLimiter>();
        builder.Services.AddSingleton<Readiness>();
        ServerMetrics.Add(builder.Services);
        ApiEndpoints.AddServices(builder.Services);
        var app = builder.Build();
        ApiEndpoints.Map(app);
        await app.StartAsync();
        return new ServedStore(app);
    }

    public ValueTask<Resource?> GetAsync(ResourceKey key, CancellationToken cancellationToken) => store.GetAsync(key, cancellationToken);

    public ValueTask<ResourceList> ListAsync(ResourceQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    public ValueTask<T> CreateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => store.CreateAsync(resource, cancellationToken);

    public ValueTask<T> UpdateAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => store.UpdateAsync(resource, cancellationToken);

    public ValueTask<T> UpdateStatusAsync<T>(T resource, CancellationToken cancellationToken) where T : Resource => store.UpdateStatusAsync(resource, cancellationToken);

    public ValueTask<Resource?> DeleteAsync(ResourceKey key, DeletePreconditions? preconditions, CancellationToken cancellationToken) =>
        store.DeleteAsync(key, preconditions, cancellationToken);

    public IAsyncEnumerable<ResourceEvent> WatchAsync(ResourceQuery query, string? fromVersion, CancellationToken cancellationToken) =>
        store.WatchAsync(query, fromVersion, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
