using Ankole.Core;
using Azure;
using Azure.Storage.Blobs.Models;

namespace Ankole.Backup;

/// <summary>Objects of any length, window by window: each window is a request of its own, tried again like any other.</summary>
internal sealed partial class AzureBlobObjectStore
{
    /// <summary>8 MiB: long enough that the round trip between two windows is small beside the transfer, short enough to repeat.</summary>
    private const int WindowBytes = 8 << 20;

    public async ValueTask<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        var opened = await pipeline.SendAsync<(long Length, ETag Version)?>(Look, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountStat();
                BlobProperties properties = await BlobOf(key).GetPropertiesAsync(cancellationToken: attempt.Token);
                return (properties.ContentLength, properties.ETag);
            }
            catch (RequestFailedException e) when (IsNoSuchBlob(e))
            {
                return null;
            }
        }, cancellationToken);
        return opened is { } found
            ? new WindowedReadStream(found.Length, WindowBytes, (offset, length, token) => GetWindowAsync(key, found.Version, offset, length, token))
            : null;
    }

    private ValueTask<PooledBytes> GetWindowAsync(string key, ETag version, long offset, int length, CancellationToken cancellationToken) =>
        pipeline.SendAsync(Read, Quoted(key), bytes: 0, async attempt =>
        {
            try
            {
                Requests.CountGet(0);
                var options = new BlobDownloadOptions { Range = new HttpRange(offset, length), Conditions = new BlobRequestConditions { IfMatch = version } };
                using BlobDownloadStreamingResult answer = await BlobOf(key).DownloadStreamingAsync(options, attempt.Token);
                return answer.Details.ContentLength == length
                    ? await pipeline.ReadBodyAsync(answer.Content, length, attempt)
                    : throw Replaced(key);
            }
            catch (RequestFailedException e) when (e.ErrorCode is "ConditionNotMet" || IsNoSuchBlob(e))
            {
                throw Replaced(key);
            }
        }, cancellationToken);

    private ObjectStoreException Replaced(string key) => new(ErrorKind.Damaged, $"'{key}' in {DisplayName} was replaced while it was read: read it again.");
}
