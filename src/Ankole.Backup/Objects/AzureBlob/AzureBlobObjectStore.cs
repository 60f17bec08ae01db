using System.Net;
using Ankole.Core;
using Azure;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Ankole.Backup;

/// <summary>Objects as block blobs in a container of Azure Blob Storage, under the path of the target's URL. One pool of connections per store.</summary>
/// <remarks>The SDK makes and signs one request and reads one answer; retries, deadlines and pacing are <see cref="RequestPipeline"/>'s.</remarks>
internal sealed partial class AzureBlobObjectStore : IObjectStore
{
    /// <summary>Old enough for emulators and appliances, young enough for everything used here.</summary>
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2021_12_02;

    private const string Read = "read", Write = "write", Look = "look for", Delete = "delete", List = "list";

    private readonly AzureBlobSettings settings;
    private readonly HttpClient http;
    private readonly BlobContainerClient container;
    private readonly AzureBatch batches;
    private readonly AzureBlobFailures failures;
    private readonly RequestPipeline pipeline;

    private AzureBlobObjectStore(AzureBlobSettings settings, ObjectStoreOptions options)
    {
        this.settings = settings;
        http = StoreHttp.CreateClient(settings.Trust, settings.Proxy, options);
        var key = settings.Credentials[CredentialKey.AzblobAccountKey]!;
        container = new BlobContainerClient(settings.ContainerUri, new StorageSharedKeyCredential(settings.AccountName, key), OptionsFor(http));
        batches = new AzureBatch(settings, new AzureSharedKey(settings.AccountName, key), http, options.Time);
        failures = new AzureBlobFailures(settings);
        pipeline = new RequestPipeline(options, Requests, DisplayName, failures.Explain);
    }

    public string DisplayName => settings.DisplayName;

    public RequestCounters Requests { get; } = new();

    public bool HasAtomicPutIfAbsent => true;

    /// <exception cref="InvalidInputException">The credentials are missing or cannot be used.</exception>
    public static AzureBlobObjectStore Open(AzureBlobTargetUrl target, TargetCredentials credentials, ObjectStoreOptions options) =>
        new(AzureBlobSettings.From(target, credentials), options);

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken) => pipeline.SendAsync<ObjectEntry?>(
        Look, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountStat();
                BlobProperties properties = await BlobOf(key).GetPropertiesAsync(cancellationToken: attempt.Token);
                return new ObjectEntry(key, properties.ContentLength, properties.LastModified);
            }
            catch (RequestFailedException e) when (IsNoSuchBlob(e))
            {
                return null;
            }
        }, cancellationToken);

    public ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken) => pipeline.SendAsync<PooledBytes?>(
        Read, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountGet(0);
                using BlobDownloadStreamingResult answer = await BlobOf(key).DownloadStreamingAsync(new BlobDownloadOptions(), attempt.Token);
                return answer.Details.ContentLength <= maxBytes
                    ? await pipeline.ReadBodyAsync(answer.Content, answer.Details.ContentLength, attempt)
                    : throw ObjectStoreException.TooLong(key, answer.Details.ContentLength, maxBytes);
            }
            catch (RequestFailedException e) when (IsNoSuchBlob(e))
            {
                return null;
            }
        }, cancellationToken);

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await pipeline.SendAsync(Write, Quoted(key), content.Length, async attempt =>
        {
            await SendPutAsync(key, content, new BlobUploadOptions(), attempt);
            return true;
        }, cancellationToken);

    public ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        return pipeline.SendAsync(Write, Quoted(key), content.Length, async attempt =>
        {
            try
            {
                var options = new BlobUploadOptions
                {
                    Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                    Metadata = new Dictionary<string, string> { [WriterMark] = mark },
                };
                await SendPutAsync(key, content, options, attempt);
                return true;
            }
            catch (RequestFailedException e) when (e.ErrorCode is "BlobAlreadyExists" or "ConditionNotMet" || e.Status == (int)HttpStatusCode.PreconditionFailed)
            {
                // Perhaps ours: an earlier attempt, or a repetition by something on the way, may have won and its answer been lost.
                return await HasMarkAsync(key, mark, attempt);
            }
        }, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Metadata by which a writer knows its own object again.</summary>
    private const string WriterMark = "ankolewriter";

    private async ValueTask<bool> HasMarkAsync(string key, string mark, RequestAttempt attempt)
    {
        try
        {
            Requests.CountStat();
            BlobProperties properties = await BlobOf(key).GetPropertiesAsync(cancellationToken: attempt.Token);
            return properties.Metadata.TryGetValue(WriterMark, out var found) && found == mark;
        }
        catch (RequestFailedException e) when (IsNoSuchBlob(e))
        {
            return false;
        }
    }

    /// <summary>One PUT, whatever the length: the service takes 5000 MiB in one, more than a <see cref="ReadOnlyMemory{T}"/> holds.</summary>
    private async ValueTask SendPutAsync(string key, ReadOnlyMemory<byte> content, BlobUploadOptions options, RequestAttempt attempt)
    {
        using var stream = RequestPipeline.AsStream(content);
        options.TransferOptions = new StorageTransferOptions { InitialTransferSize = int.MaxValue, MaximumConcurrency = 1 };
        Requests.CountPut(content.Length);
        await BlobOf(key).UploadAsync(stream, options, attempt.Token);
    }

    private BlockBlobClient BlobOf(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return container.GetBlockBlobClient(settings.KeyPrefix + key);
    }

    /// <summary>Only the service's own word for it: a 404 of a proxy, or of an account without this container, says nothing about the object.</summary>
    private static bool IsNoSuchBlob(RequestFailedException e) => e is { Status: (int)HttpStatusCode.NotFound, ErrorCode: "BlobNotFound" };

    private static string Quoted(string key) => $"'{key}'";

    private static BlobClientOptions OptionsFor(HttpClient http) => new(Version)
    {
        Transport = new HttpClientTransport(http),
        // Longer than any attempt's own deadline, which is what counts.
        Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromDays(1) },
        Diagnostics = { IsLoggingEnabled = false, IsDistributedTracingEnabled = false, IsTelemetryEnabled = false },
    };
}
