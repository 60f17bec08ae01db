using Ankole.Backup;
using Ankole.Testing;

namespace Ankole.EndToEnd.Targets;

/// <summary>A real server of each kind, for commands to talk to. Each starts when the first test needs it.</summary>
public sealed class TargetServers : IAsyncLifetime
{
    public const string Collection = "Target servers";

    /// <summary>Not the temporary folder, which may be a file system without file handles.</summary>
    private readonly string folder = Path.Combine("/var/tmp", $"ankole-targets-{Guid.NewGuid():N}");
    private readonly Dictionary<string, ServerScript> running = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Skips where the server is not installed, fails where it has to be.</summary>
    /// <param name="kind">"s3", "nfs" or "azblob".</param>
    public async Task<ServerScript> StartAsync(string kind)
    {
        if (running.TryGetValue(kind, out var known))
            return known;
        var name = kind switch { "s3" => "s3-rgw.sh", "nfs" => "nfs-ganesha.sh", _ => "azurite.sh" };
        var server = new ServerScript(name, Path.Combine(folder, kind));
        if ((kind == "nfs" ? GaneshaServer.WhyMissing() : await server.WhyMissingAsync()) is { } missing)
        {
            Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", missing);
            Assert.Skip(missing);
        }
        running.Add(kind, server);
        await server.StartAsync();
        if (kind == "azblob")
            await MakeContainerAsync(server);
        return server;
    }

    /// <summary>A path of the caller's own, the variables that open it, and the target's URL.</summary>
    public async Task<(string Target, Dictionary<string, string?> Environment)> NewTargetAsync(string kind)
    {
        var settings = (await StartAsync(kind)).Settings;
        var path = Guid.NewGuid().ToString("N");
        switch (kind)
        {
            case "s3":
                return ($"s3://{settings["S3_BUCKET"]}@us-east-1/{path}/", new()
                {
                    ["AWS_ACCESS_KEY_ID"] = settings["AWS_ACCESS_KEY_ID"], ["AWS_SECRET_ACCESS_KEY"] = settings["AWS_SECRET_ACCESS_KEY"],
                    ["AWS_ENDPOINTS"] = settings["S3_ENDPOINT"],
                });
            case "nfs":
                Directory.CreateDirectory(Path.Combine(settings["NFS_DIR"], path));
                return ($"nfs://127.0.0.1:/export/{path}?nfsOptions=port={settings["NFS_PORT"]}", []);
            default:
                return ($"azblob://backups@core.windows.net/{path}/", AzureEnvironment(settings));
        }
    }

    public static IObjectStore Open(string target, Dictionary<string, string?> environment) =>
        ObjectStores.Open(TargetUrl.Parse(target), TargetCredentials.FromEnvironment(name => environment.GetValueOrDefault(name)), new ObjectStoreOptions());

    public async ValueTask DisposeAsync()
    {
        foreach (var server in running.Values)
            await server.RunAsync("wipe");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static Dictionary<string, string?> AzureEnvironment(IReadOnlyDictionary<string, string> settings) => new()
    {
        ["AZBLOB_ACCOUNT_NAME"] = settings["AZURITE_ACCOUNT"], ["AZBLOB_ACCOUNT_KEY"] = settings["AZURITE_KEY"], ["AZBLOB_ENDPOINT"] = settings["AZURITE_ENDPOINT"],
    };

    private static async Task MakeContainerAsync(ServerScript server)
    {
        var (endpoint, account) = (server.Settings["AZURITE_ENDPOINT"], server.Settings["AZURITE_ACCOUNT"]);
        await new Azure.Storage.Blobs.BlobServiceClient(
            new Uri($"{endpoint}/{account}"), new Azure.Storage.StorageSharedKeyCredential(account, server.Settings["AZURITE_KEY"]),
            new Azure.Storage.Blobs.BlobClientOptions(Azure.Storage.Blobs.BlobClientOptions.ServiceVersion.V2021_12_02)).CreateBlobContainerAsync("backups");
    }
}

[CollectionDefinition(TargetServers.Collection)]
public sealed class TargetServersDefinition : ICollectionFixture<TargetServers>;
