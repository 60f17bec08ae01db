using Ankole.Backup;
using Ankole.Testing;

namespace Ankole.Bench;

/// <summary>A target of one kind on this machine, with its real server running.</summary>
/// <param name="Url">A path of its own; further ones are below it.</param>
internal sealed record BenchTarget(string Name, string Url, IReadOnlyDictionary<string, string> Variables, ServerScript? Server) : IAsyncDisposable
{
    /// <summary>Null, with a word, where the server is not installed.</summary>
    public static async Task<BenchTarget?> StartAsync(string name, Workplace workplace)
    {
        if (name == "directory")
            return new BenchTarget(name, $"file://{workplace.Empty("target")}", new Dictionary<string, string>(), null);
        var script = name switch { "s3" => "s3-rgw.sh", "nfs" => "nfs-ganesha.sh", _ => "azurite.sh" };
        var server = new ServerScript(script, workplace[$"server-{name}"]);
        if ((name == "nfs" ? GaneshaServer.WhyMissing() : await server.WhyMissingAsync()) is { } missing)
        {
            Console.WriteLine($"{name}: left out: {missing}");
            return null;
        }
        await server.StartAsync();
        var settings = server.Settings;
        switch (name)
        {
            case "s3":
                return new BenchTarget(name, $"s3://{settings["S3_BUCKET"]}@us-east-1/bench", new Dictionary<string, string>
                {
                    ["AWS_ACCESS_KEY_ID"] = settings["AWS_ACCESS_KEY_ID"], ["AWS_SECRET_ACCESS_KEY"] = settings["AWS_SECRET_ACCESS_KEY"],
                    ["AWS_ENDPOINTS"] = settings["S3_ENDPOINT"],
                }, server);
            case "nfs":
                Directory.CreateDirectory(Path.Combine(settings["NFS_DIR"], "bench"));
                return new BenchTarget(name, $"nfs://127.0.0.1:/export/bench?nfsOptions=port={settings["NFS_PORT"]}", new Dictionary<string, string>(), server);
            default:
                await MakeContainerAsync(settings);
                return new BenchTarget(name, "azblob://backups@core.windows.net/bench", new Dictionary<string, string>
                {
                    ["AZBLOB_ACCOUNT_NAME"] = settings["AZURITE_ACCOUNT"], ["AZBLOB_ACCOUNT_KEY"] = settings["AZURITE_KEY"],
                    ["AZBLOB_ENDPOINT"] = settings["AZURITE_ENDPOINT"],
                }, server);
        }
    }

    public IObjectStore Open(int inFlight = 64) => ObjectStores.Open(
        TargetUrl.Parse(Url), TargetCredentials.FromSecret(Variables), new ObjectStoreOptions { MaxInFlight = inFlight });

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.RunAsync("wipe");
    }

    private static async Task MakeContainerAsync(IReadOnlyDictionary<string, string> settings) => await new Azure.Storage.Blobs.BlobServiceClient(
        new Uri($"{settings["AZURITE_ENDPOINT"]}/{settings["AZURITE_ACCOUNT"]}"),
        new Azure.Storage.StorageSharedKeyCredential(settings["AZURITE_ACCOUNT"], settings["AZURITE_KEY"]),
        new Azure.Storage.Blobs.BlobClientOptions(Azure.Storage.Blobs.BlobClientOptions.ServiceVersion.V2021_12_02)).CreateBlobContainerAsync("backups");
}
