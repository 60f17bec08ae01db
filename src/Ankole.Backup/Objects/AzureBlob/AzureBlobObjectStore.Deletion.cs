using Ankole.Core;
using Azure;

namespace Ankole.Backup;

/// <summary>Deletions: 256 blobs per request, each blob's own answer looked at; one by one where a server has no batches.</summary>
internal sealed partial class AzureBlobObjectStore
{
    /// <summary>One batch at a time: it is up to 256 deletions for the server already, and Azurite 3.35 leaves some unanswered when several arrive at once.</summary>
    private const int BatchesInFlight = 1;

    /// <summary>Single deletes side by side, within each of the batches that they stand for.</summary>
    private const int DeletesInFlight = 8;

    /// <summary>What a server may take for each deletion of a batch, on top of the time for any request.</summary>
    private static readonly TimeSpan TimePerDelete = TimeSpan.FromMilliseconds(100);

    private volatile bool hasNoBatchDelete;

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var failed = new DeleteFailures(DisplayName);
        var options = new ParallelOptions { MaxDegreeOfParallelism = BatchesInFlight, CancellationToken = cancellationToken };
        if (keys.Count == 1)
            await DeleteOneAsync(keys[0], failed, cancellationToken);
        else
            await Parallel.ForEachAsync(keys.Distinct(StringComparer.Ordinal).Chunk(AzureBatch.MaxDeletes), options, (batch, token) => DeleteManyAsync(batch, failed, token));
        failed.ThrowIfAny();
    }

    private async ValueTask DeleteManyAsync(string[] batch, DeleteFailures failed, CancellationToken cancellationToken)
    {
        if (!hasNoBatchDelete && await TryDeleteBatchAsync(batch, failed, cancellationToken))
            return;
        var options = new ParallelOptions { MaxDegreeOfParallelism = DeletesInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(batch, options, (key, token) => DeleteOneAsync(key, failed, token));
    }

    /// <returns>False: this server has no batch deletes; nothing was deleted.</returns>
    private async ValueTask<bool> TryDeleteBatchAsync(string[] batch, DeleteFailures failed, CancellationToken cancellationToken)
    {
        // Keys leave this list when the server says what became of them: an answer that names nothing deletes nothing.
        List<string> left = [.. batch];
        try
        {
            return await pipeline.SendAsync(Delete, DeleteFailures.Named(batch), bytes: 0, async attempt =>
            {
                try
                {
                    left = await SendBatchAsync(left, failed, attempt);
                    return left.Count == 0 ? true : throw new ObjectStoreException(
                        ErrorKind.Unavailable, $"the server has not deleted {left.Count} of the objects yet", isTransient: true);
                }
                catch (RequestFailedException e) when (IsUnknownToServer(e))
                {
                    hasNoBatchDelete = true;
                    return false;
                }
            }, cancellationToken);
        }
        catch (ObjectStoreException e)
        {
            failed.Add(left, e);
            return true;
        }
    }

    /// <returns>The keys to try again.</returns>
    private async ValueTask<List<string>> SendBatchAsync(List<string> keys, DeleteFailures failed, RequestAttempt attempt)
    {
        Requests.CountDelete();
        attempt.Deadline.Allow(TimePerDelete * keys.Count);
        var answers = await batches.DeleteAsync([.. keys.Select(key => settings.KeyPrefix + key)], attempt.Token);
        var again = new List<string>();
        for (var i = 0; i < keys.Count; i++)
        {
            if (!answers.TryGetValue(i, out var answer) || AzureBlobFailures.IsTransient(answer.Status, answer.Code))
                again.Add(keys[i]);
            else if (answer is not ({ Status: >= 200 and < 300 } or { Status: 404, Code: "BlobNotFound" }))
                failed.Add(keys[i], failures.ExplainAnswer(answer.Status, answer.Code, "", Delete).Reason);
        }
        return again;
    }

    private async ValueTask DeleteOneAsync(string key, DeleteFailures failed, CancellationToken cancellationToken)
    {
        try
        {
            await pipeline.SendAsync(Delete, Quoted(key), bytes: 0, async attempt =>
            {
                try
                {
                    Requests.CountDelete();
                    await BlobOf(key).DeleteAsync(cancellationToken: attempt.Token);
                }
                catch (RequestFailedException e) when (IsNoSuchBlob(e))
                {
                    // Gone already, which is what was asked for.
                }
                return true;
            }, cancellationToken);
        }
        catch (ObjectStoreException e)
        {
            failed.Add([key], e);
        }
    }

    private static bool IsUnknownToServer(RequestFailedException e) =>
        e.Status is 400 or 405 or 501 || (e.Status == 404 && e.ErrorCode is not ("ContainerNotFound" or "ContainerBeingDeleted"));
}
