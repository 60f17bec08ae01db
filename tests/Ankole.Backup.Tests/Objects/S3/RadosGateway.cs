using System.Globalization;
using Ankole.Testing;

namespace Ankole.Backup.Tests;

/// <summary>One RADOS Gateway for the whole run: a real S3 server, with a TLS port, its own authority and a second user without rights.</summary>
/// <remarks>Its tests share it one after the other; each works below a path of its own.</remarks>
public sealed class RadosGateway : IAsyncLifetime
{
    public const string Collection = "RADOS Gateway";

    /// <summary>What docs/targets.md says that a user needs.</summary>
    public static readonly string[] FourActions = ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject"];

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "servers", "s3-rgw.sh");

    private readonly TemporaryFolder folder = new();
    private Dictionary<string, string> settings = [];
    private string? whyMissing;

    public string Endpoint => settings["S3_ENDPOINT"];

    public string TlsEndpoint => settings["S3_ENDPOINT_TLS"];

    public string Bucket => settings["S3_BUCKET"];

    public string AuthorityPem => File.ReadAllText(settings["S3_CA_FILE"]);

    public async ValueTask InitializeAsync()
    {
        var available = await ProcessRun.RunAsync("bash", [Script, "available"]);
        if (available.ExitCode != 0)
            whyMissing = available.Error.Trim();
        else
            await StartAsync();
    }

    /// <summary>First line of every test here: skips where the programs are missing, fails where they have to be there.</summary>
    public void Require()
    {
        if (whyMissing is null)
            return;
        Assert.False(Environment.GetEnvironmentVariable("ANKOLE_REQUIRE_PEERS") == "1", whyMissing);
        Assert.Skip(whyMissing);
    }

    /// <summary>Starts what does not run: everything, or only the gateway after <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        await RunAsync("start");
        settings = (await File.ReadAllLinesAsync(folder["env"])).Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
    }

    public Task KillAsync() => RunAsync("kill-gateway");

    /// <summary>After <see cref="KillAsync"/>.</summary>
    public Task StartGatewayAsync() => RunAsync("start-gateway");

    public Task PauseAsync() => RunAsync("pause");

    public Task ResumeAsync() => RunAsync("resume");

    /// <summary>With the quota the bucket takes not a byte more; within seconds.</summary>
    public Task SetQuotaAsync(bool isOn) => RunAsync("quota", isOn ? "enable" : "disable");

    public S3TargetUrl NewTarget() => TargetAt(string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():N}/store"));

    public S3TargetUrl TargetAt(string path, string? bucket = null) => (S3TargetUrl)TargetUrl.Parse($"s3://{bucket ?? Bucket}@us-east-1/{path}");

    public TargetCredentials Owner(params (string Key, string Value)[] changes) =>
        With(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"], changes);

    public TargetCredentials Stranger() => With(settings["S3_OTHER_ACCESS_KEY"], settings["S3_OTHER_SECRET_KEY"], []);

    public TargetCredentials OwnerOverTls() => Owner(("AWS_ENDPOINTS", TlsEndpoint), ("AWS_CERT", AuthorityPem));

    /// <summary>An empty store that has already asked the server whether it honours conditions, as the first conditional put does.</summary>
    public async ValueTask<IObjectStore> OpenProbedAsync(Func<TargetCredentials> credentials)
    {
        Require();
        var store = ObjectStores.Open(NewTarget(), credentials(), new ObjectStoreOptions());
        await store.PutIfAbsentAsync(".ankole/probed", ReadOnlyMemory<byte>.Empty, TestContext.Current.CancellationToken);
        return store;
    }

    /// <summary>Lets the second user do these things in the bucket, until <see cref="ForbidStrangerAsync"/>.</summary>
    /// <param name="denied">Refused whoever owns the object: here a user may always read what it wrote itself, policy or not.</param>
    public async Task AllowStrangerAsync(IEnumerable<string> allowed, params string[] denied)
    {
        Require();
        var policy = folder["policy.json"];
        string[] statements = [Statement("Allow", allowed), .. denied.Select(action => Statement("Deny", [action]))];
        await File.WriteAllTextAsync(policy, $$"""{"Version":"2012-10-17","Statement":[{{string.Join(',', statements)}}]}""");
        await S3CmdAsync("setpolicy", policy, $"s3://{Bucket}");
    }

    public Task ForbidStrangerAsync() => whyMissing is null ? S3CmdAsync("delpolicy", $"s3://{Bucket}") : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (whyMissing is null)
            await RunAsync("wipe");
        else
            folder.Dispose();
    }

    private TargetCredentials With(string id, string secret, (string Key, string Value)[] changes)
    {
        var values = new Dictionary<string, string> { ["AWS_ACCESS_KEY_ID"] = id, ["AWS_SECRET_ACCESS_KEY"] = secret, ["AWS_ENDPOINTS"] = Endpoint };
        foreach (var (key, value) in changes)
            values[key] = value;
        return TargetCredentials.FromSecret(values);
    }

    private string Statement(string effect, IEnumerable<string> actions) => $$"""
        {"Effect":"{{effect}}","Principal":{"AWS":["arn:aws:iam:::user/other"]},"Action":["{{string.Join("\",\"", actions)}}"],
        "Resource":["arn:aws:s3:::{{Bucket}}","arn:aws:s3:::{{Bucket}}/*"]}
        """;

    private async Task S3CmdAsync(params string[] arguments) =>
        (await ProcessRun.RunAsync("s3cmd", ["-c", settings["S3CMD_CONFIG"], .. arguments])).MustSucceed();

    private async Task RunAsync(string verb, params string[] more) => (await ProcessRun.RunAsync("bash", [Script, verb, folder.Path, .. more])).MustSucceed();
}

[CollectionDefinition(RadosGateway.Collection)]
public sealed class RadosGatewayDefinition : ICollectionFixture<RadosGateway>;
