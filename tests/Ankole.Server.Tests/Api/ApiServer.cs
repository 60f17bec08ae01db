using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Ankole.Control;
using Ankole.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ankole.Server.Tests.Api;

/// <summary>The daemon's API on a free loopback port, by default without controllers: what is written stays as it is.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly DataFolder folder;
    private readonly WebApplication app;
    private readonly HttpClient client;

    private ApiServer(Func<ServerOptions, ServerOptions>? configure, TimeProvider? time)
    {
        folder = DataFolder.Open(temporary["data"]);
        var options = new ServerOptions { DataFolder = folder.Path, Listen = new IPEndPoint(IPAddress.Loopback, 0), WithoutControllers = true, NodeName = "node-1" };
        app = AnkoleServer.Build(configure?.Invoke(options) ?? options, folder, time, logging => logging.AddProvider(Log));
        // Who asks the server's leave to send (Expect: 100-continue) waits for it, however busy the machine; by default only for a second.
        client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>Everything that the server has logged.</summary>
    internal CapturedLog Log { get; } = new();

    public DataFolder Folder => folder;

    public string Token => File.ReadAllText(folder.Token).Trim();

    /// <summary>Past admission and with Secrets in clear, as controllers have it.</summary>
    public IResourceStore Store => app.Services.GetRequiredService<IResourceStore>();

    public Uri Address => client.BaseAddress!;

    /// <param name="time">Null: the real clock.</param>
    public static async Task<ApiServer> StartAsync(Func<ServerOptions, ServerOptions>? configure = null, TimeProvider? time = null)
    {
        var server = new ApiServer(configure, time);
        await server.app.StartAsync();
        server.client.BaseAddress = new Uri(server.app.Urls.First().Replace("https://", "http://", StringComparison.Ordinal));
        server.client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        var deadline = DateTime.UtcNow.AddMinutes(1);
        while (!File.Exists(server.folder.Kubeconfig))
        {
            Assert.True(DateTime.UtcNow < deadline, "the server does not say its address");
            await Task.Delay(10);
        }
        return server;
    }

    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? body = null, string contentType = "application/json", Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        change?.Invoke(request);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends it, expects that status code and returns the JSON.</summary>
    public async Task<JsonObject> JsonAsync(int code, string method, string path, string? body = null, string contentType = "application/json", string? accept = null)
    {
        using var response = await SendAsync(method, path, body, contentType, request =>
        {
            if (accept is not null)
                request.Headers.TryAddWithoutValidation("Accept", accept);
        });
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(code == (int)response.StatusCode, $"{method} {path}: {(int)response.StatusCode} instead of {code}\n{text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        client.Dispose();
        folder.Dispose();
        temporary.Dispose();
    }
}
