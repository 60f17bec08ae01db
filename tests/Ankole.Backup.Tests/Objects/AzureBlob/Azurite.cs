using System.Globalization;
using System.Text.RegularExpressions;
using Ankole.Testing;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace Ankole.Backup.Tests;

/// <summary>One Azurite for the whole run. Its tests share it one after the other; each works below a path of its own.</summary>
public sealed partial class Azurite : IAsyncLifetime
{
    public const string Collection = "Azurite";

    public const string Container = "backups";

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "servers", "azurite.sh");

    private readonly TemporaryFolder folder = new();
    private Dictionary<string, string> settings = [];
    private string? whyMissing;

    public string Endpoint => settings["AZURITE_ENDPOINT"];

    public string Account => settings["AZURITE_ACCOUNT"];

    public string Key => settings["AZURITE_KEY"];

    /// <summary>The file system under its blobs; null where none could be mounted. Sparse: it takes what is stored.</summary>
    public SmallFileSystem? Disk { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [Script, "available"]);
        if (available.ExitCode != 0)
        {
            whyMissing = available.Error.Trim();
            return;
        }
        if (SmallFileSystem.WhyMissing() is null)
        {
            Disk = new SmallFileSystem(folder["data"]);
            await Disk.CreateAsync(mebibytes: 3072);
        }
        await StartAsync();
        await new BlobServiceClient(new Uri($"{Endpoint}/{Account}"), new StorageSharedKeyCredential(Account, Key), new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02))
            .CreateBlobContainerAsync(Container);
    }

    /// <summary>First line of every test here: skips where it is missing, fails where it has to be there.</summary>
    public void Require()
    {
        if (whyMissing is null)
            return;
        Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", whyMissing);
        Assert.Skip(whyMissing);
    }

    public async Task StartAsync()
    {
        await RunAsync("start");
        settings = (await File.ReadAllLinesAsync(folder["env"])).Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    public Task KillAsync() => RunAsync("kill");

    /// <summary>
    /// Returns once the server has written down all that it has promised, which it does every five seconds: killed before, it would forget it, unlike the service.
    /// </summary>
    /// <param name="store">Gets a mark, in a hidden place.</param>
    public async Task SaveAsync(IObjectStore store)
    {
        var mark = Guid.NewGuid().ToString("N");
        await store.PutAsync($".ankole/{mark}", new byte[1], TestContext.Current.CancellationToken);
        for (var patience = TimeProvider.System.GetTimestamp(); ; await Task.Delay(50))
        {
            // Two files: the blobs, and the extents in which their bytes lie. Each is replaced as a whole, at its own time.
            var (blobs, extents) = (await ReadDatabaseAsync("__azurite_db_blob__.json"), await ReadDatabaseAsync("__azurite_db_blob_extent__.json"));
            if (blobs.Contains(mark, StringComparison.Ordinal) && ExtentOfBytes().Matches(blobs).All(extent => extents.Contains(extent.Groups[1].Value, StringComparison.Ordinal)))
                return;
            Assert.True(TimeProvider.System.GetElapsedTime(patience) < TimeSpan.FromSeconds(60), "Azurite does not write its database");
        }
    }

    public Task PauseAsync() => RunAsync("pause");

    public Task ResumeAsync() => RunAsync("resume");

    public static TargetUrl NewTarget() => TargetAt(string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():N}/store"));

    public static TargetUrl TargetAt(string path, string container = Container) => TargetUrl.Parse($"azblob://{container}@core.windows.net/{path}");

    public TargetCredentials Credentials(params (string Key, string Value)[] changes)
    {
        var values = new Dictionary<string, string> { ["AZBLOB_ACCOUNT_NAME"] = Account, ["AZBLOB_ACCOUNT_KEY"] = Key, ["AZBLOB_ENDPOINT"] = Endpoint };
        foreach (var (key, value) in changes)
            values[key] = value;
        return TargetCredentials.FromSecret(values);
    }

    public IObjectStore Open(ObjectStoreOptions? options = null)
    {
        Require();
        return ObjectStores.Open(NewTarget(), Credentials(), options ?? new ObjectStoreOptions());
    }

    public async ValueTask DisposeAsync()
    {
        if (whyMissing is null)
            await RunAsync("kill");
        if (Disk is not null)
            await Disk.WipeAsync();
        folder.Dispose();
    }

    private async Task<string> ReadDatabaseAsync(string name) => File.Exists(folder[$"data/{name}"]) ? await File.ReadAllTextAsync(folder[$"data/{name}"]) : "";

    [GeneratedRegex("\"persistency\":\\{\"id\":\"([^\"]+)\"")]
    private static partial Regex ExtentOfBytes();

    private async Task RunAsync(string verb) => (await ProcessRun.RunAsync("bash", [Script, verb, folder.Path])).MustSucceed();
}

[CollectionDefinition(Azurite.Collection)]
public sealed class AzuriteDefinition : ICollectionFixture<Azurite>;
