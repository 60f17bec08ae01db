using Amazon.S3.Model;
using Ankole.Core;
using ByteRange = Amazon.S3.Model.ByteRange;

namespace Ankole.Backup;

/// <summary>Objects of any length, window by window: each window is a request of its own, tried again like any other.</summary>
internal sealed partial class S3ObjectStore
{
    /// <summary>8 MiB: long enough that the round trip between two windows is small beside the transfer, short enough to repeat.</summary>
    private const int WindowBytes = 8 << 20;

    public async ValueTask<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken)
    {
        if (await StatAsync(key, cancellationToken) is not { } entry)
            return null;
        string? version = null;
        return new WindowedReadStream(entry.Length, WindowBytes, (offset, length, token) => GetWindowAsync(key, offset, length, answer =>
        {
            version ??= answer.ETag;
            if (answer.ETag != version || answer.ContentLength != length)
                throw new ObjectStoreException(ErrorKind.Damaged, $"'{key}' in {DisplayName} was replaced while it was read: read it again.");
        }, token));
    }

    private ValueTask<PooledBytes> GetWindowAsync(string key, long offset, int length, Action<GetObjectResponse> check, CancellationToken cancellationToken) =>
        pipeline.SendAsync(S3Action.Get, Quoted(key), bytes: 0, async attempt =>
        {
            Requests.CountGet(0);
            var request = new GetObjectRequest { BucketName = settings.Bucket, Key = FullKey(key), ByteRange = new ByteRange(offset, offset + length - 1) };
            using var answer = await client.GetObjectAsync(request, attempt.Token);
            check(answer);
            return await ReadBodyAsync(answer, attempt);
        }, cancellationToken);
}
