using System.Net;
using Amazon.Runtime.Internal.Util;
using Amazon.S3;
using Amazon.S3.Model;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Objects in an S3 bucket, under the path of the target's URL. One client and one pool of connections per store.</summary>
/// <remarks>
/// The permissions it needs: <c>s3:ListBucket</c> on the bucket; <c>s3:GetObject</c>, <c>s3:PutObject</c>, <c>s3:DeleteObject</c> on its objects.
/// </remarks>
internal sealed partial class S3ObjectStore : IObjectStore
{
    private readonly S3Client client;
    private readonly S3Settings settings;
    private readonly RequestPipeline pipeline;

    private S3ObjectStore(S3Settings settings, ObjectStoreOptions options)
    {
        this.settings = settings;
        client = S3Client.Create(settings, options);
        pipeline = new RequestPipeline(options, Requests, DisplayName, new S3Failures(settings).Explain);
    }

    public string DisplayName => settings.DisplayName;

    public RequestCounters Requests { get; } = new();

    /// <summary>For tests: how many requests the store may have in flight at this moment.</summary>
    internal int InFlightLimit => pipeline.Throttle.Limit;

    /// <exception cref="InvalidInputException">The credentials cannot be used, or the region is missing.</exception>
    public static S3ObjectStore Open(S3TargetUrl target, TargetCredentials credentials, ObjectStoreOptions options) =>
        new(S3Settings.From(target, credentials), options);

    public ValueTask<ObjectEntry?> StatAsync(string key, CancellationToken cancellationToken) => pipeline.SendAsync<ObjectEntry?>(
        S3Action.Stat, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountStat();
                var request = new GetObjectMetadataRequest { BucketName = settings.Bucket, Key = FullKey(key) };
                var answer = await client.GetObjectMetadataAsync(request, attempt.Token);
                return new ObjectEntry(key, answer.ContentLength, Utc(answer.LastModified));
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
            {
                return await ConfirmAbsenceAsync(key, attempt);
            }
        }, cancellationToken);

    public ValueTask<PooledBytes?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken) => pipeline.SendAsync<PooledBytes?>(
        S3Action.Get, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountGet(0);
                var request = new GetObjectRequest { BucketName = settings.Bucket, Key = FullKey(key) };
                using var answer = await client.GetObjectAsync(request, attempt.Token);
                return answer.ContentLength <= maxBytes
                    ? await ReadBodyAsync(answer, attempt)
                    : throw ObjectStoreException.TooLong(key, answer.ContentLength, maxBytes);
            }
            catch (AmazonS3Exception e) when (IsNoSuchKey(e))
            {
                return null;
            }
        }, cancellationToken);

    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await pipeline.SendAsync(S3Action.Put, Quoted(key), content.Length, async attempt =>
        {
            await SendPutAsync(key, content, attempt, static _ => { });
            return true;
        }, cancellationToken);

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        probing.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>One PUT, whatever the length: S3 takes 5 GiB in one, more than a <see cref="ReadOnlyMemory{T}"/> holds.</summary>
    private async ValueTask SendPutAsync(string key, ReadOnlyMemory<byte> content, RequestAttempt attempt, Action<PutObjectRequest> addCondition)
    {
        using var stream = RequestPipeline.AsStream(content);
        var request = new PutObjectRequest
        {
            BucketName = settings.Bucket,
            Key = FullKey(key),
            InputStream = stream,
            AutoCloseStream = false,
            AutoResetStreamPosition = false,
            // One plain body with its SHA-256 in the signature: the server checks every byte, and no server lacks it as some lack signed chunks.
            UseChunkEncoding = false,
        };
        addCondition(request);
        Requests.CountPut(content.Length);
        await client.PutObjectAsync(request, attempt.Token);
    }

    private ValueTask<PooledBytes> ReadBodyAsync(GetObjectResponse answer, RequestAttempt attempt) =>
        pipeline.ReadBodyAsync(PlainBodyOf(answer), answer.ContentLength, attempt);

    /// <summary>
    /// The body without the SDK's MD5 of it, which costs 2.8 MiB of garbage for a block of 2 MiB, and refuses servers whose ETag is no MD5. Blocks are checked
    /// by their own SHA-512, records by their form.
    /// </summary>
    private static Stream PlainBodyOf(GetObjectResponse answer) =>
        answer.ResponseStream is WrapperStream wrapper ? wrapper.GetNonWrapperBaseStream() : answer.ResponseStream;

    /// <summary>
    /// A HEAD has no body, so its 404 does not tell a missing key from a missing bucket, nor from a server that is no S3 at all. A GET does.
    /// </summary>
    private async ValueTask<ObjectEntry?> ConfirmAbsenceAsync(string key, RequestAttempt attempt)
    {
        try
        {
            Requests.CountGet(0);
            using var answer = await client.GetObjectAsync(new GetObjectRequest { BucketName = settings.Bucket, Key = FullKey(key) }, attempt.Token);
            return new ObjectEntry(key, answer.ContentLength, Utc(answer.LastModified));
        }
        catch (AmazonS3Exception e) when (IsNoSuchKey(e))
        {
            return null;
        }
    }

    /// <summary>Only the server's own word for it: a 404 of a proxy, or of a server without this bucket, says nothing about the object.</summary>
    private static bool IsNoSuchKey(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode == "NoSuchKey";

    private string FullKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return settings.KeyPrefix + key;
    }

    private static string Quoted(string key) => $"'{key}'";

    private static DateTimeOffset Utc(DateTime? time) => new(time.GetValueOrDefault().ToUniversalTime());
}
