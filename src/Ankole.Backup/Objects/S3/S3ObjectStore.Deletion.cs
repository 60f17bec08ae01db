using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Deletions: a thousand keys per request, each key's own answer looked at; one by one where a server has no batches.</summary>
internal sealed partial class S3ObjectStore
{
    private const int KeysPerDelete = 1000;

    /// <summary>Batches, or single deletes, sent side by side.</summary>
    private const int DeletesInFlight = 8;

    private volatile bool hasNoBatchDelete;

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var failures = new DeleteFailures(DisplayName);
        var options = new ParallelOptions { MaxDegreeOfParallelism = DeletesInFlight, CancellationToken = cancellationToken };
        if (keys.Count == 1)
            await DeleteOneAsync(keys[0], failures, cancellationToken);
        else
            await Parallel.ForEachAsync(keys.Chunk(KeysPerDelete), options, (batch, token) => DeleteManyAsync(batch, failures, token));
        failures.ThrowIfAny();
    }

    private async ValueTask DeleteManyAsync(string[] batch, DeleteFailures failures, CancellationToken cancellationToken)
    {
        if (!hasNoBatchDelete && await TryDeleteBatchAsync(batch, failures, cancellationToken))
            return;
        foreach (var key in batch)
            await DeleteOneAsync(key, failures, cancellationToken);
    }

    /// <returns>False: this server has no batch deletes; nothing was deleted.</returns>
    private async ValueTask<bool> TryDeleteBatchAsync(string[] batch, DeleteFailures failures, CancellationToken cancellationToken)
    {
        // Keys leave this set when the server names them as deleted: a reply that names nothing deletes nothing.
        var left = batch.ToHashSet(StringComparer.Ordinal);
        try
        {
            return await pipeline.SendAsync(S3Action.Delete, DeleteFailures.Named(batch), bytes: 0, async attempt =>
            {
                try
                {
                    await SendDeleteBatchAsync(left, failures, attempt);
                    return true;
                }
                catch (AmazonS3Exception e) when (IsUnknownToServer(e) || e.ErrorCode is "MalformedXML")
                {
                    hasNoBatchDelete = true;
                    return false;
                }
            }, cancellationToken);
        }
        catch (ObjectStoreException e)
        {
            failures.Add(left, e);
            return true;
        }
    }

    private async ValueTask SendDeleteBatchAsync(HashSet<string> left, DeleteFailures failures, RequestAttempt attempt)
    {
        var request = new DeleteObjectsRequest
        {
            BucketName = settings.Bucket,
            Objects = [.. left.Select(key => new KeyVersion { Key = FullKey(key) })],
            Quiet = false,
        };
        Requests.CountDelete();
        var answer = await AnswerOfAsync(request, attempt);
        foreach (var deleted in answer.DeletedObjects ?? [])
            left.Remove(KeyOf(deleted.Key));
        DeleteError? transient = null;
        foreach (var error in answer.DeleteErrors ?? [])
        {
            if (error.Code is "NoSuchKey")
                left.Remove(KeyOf(error.Key));
            else if (S3Failures.IsTransientCode(error.Code))
                transient = error;
            else if (left.Remove(KeyOf(error.Key)))
                failures.Add(KeyOf(error.Key), S3Failures.DescribeDeleteError(error));
        }
        if (transient is not null)
            throw new AmazonS3Exception(transient.Message, Amazon.Runtime.ErrorType.Receiver, transient.Code, "", HttpStatusCode.ServiceUnavailable);
        if (left.Count > 0)
            throw new ObjectStoreException(
                ErrorKind.Unavailable, $"the server's answer does not say what became of {left.Count} of the keys", isTransient: true);
    }

    private async ValueTask<DeleteObjectsResponse> AnswerOfAsync(DeleteObjectsRequest request, RequestAttempt attempt)
    {
        try
        {
            return await client.DeleteObjectsAsync(request, attempt.Token);
        }
        catch (DeleteObjectsException e)
        {
            return e.Response;
        }
    }

    private async ValueTask DeleteOneAsync(string key, DeleteFailures failures, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.SendAsync(S3Action.Delete, Quoted(key), bytes: 0, async attempt =>
            {
                try
                {
                    Requests.CountDelete();
                    await client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = settings.Bucket, Key = FullKey(key) }, attempt.Token);
                }
                catch (AmazonS3Exception e) when (IsNoSuchKey(e))
                {
                    // Gone already, which is what was asked for.
                }
                return true;
            }, cancellationToken);
        }
        catch (ObjectStoreException e)
        {
            failures.Add([key], e);
        }
    }

    private string KeyOf(string? fullKey) =>
        fullKey is not null && fullKey.StartsWith(settings.KeyPrefix, StringComparison.Ordinal) ? fullKey[settings.KeyPrefix.Length..] : "";
}
