using System.Text.Json.Nodes;

namespace Ankole.Server.Tests.Api;

/// <summary>Tests that share nothing: each has a server of its own.</summary>
public abstract class ApiTests : IAsyncLifetime
{
    protected const string Volumes = "/apis/ankole.io/v1beta1/volumes";

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected ApiServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ApiServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected static string Volume(string name, string size = "1073741824", string labels = "{}") =>
        $$$"""{"apiVersion":"ankole.io/v1beta1","kind":"Volume","metadata":{"name":"{{{name}}}","labels":{{{labels}}}},"spec":{"size":"{{{size}}}","numberOfReplicas":1}}""";

    protected Task<JsonObject> CreateVolumeAsync(string name, string labels = "{}") => Server.JsonAsync(201, "POST", Volumes, Volume(name, labels: labels));
}
