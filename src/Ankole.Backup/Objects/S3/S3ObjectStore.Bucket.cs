using System.Net;
using Amazon.S3;

namespace Ankole.Backup;

internal sealed partial class S3ObjectStore
{
    /// <summary>Asks about the bucket itself, for <see cref="BucketProbe"/>. A setting that does not exist is an answer too.</summary>
    internal async ValueTask<(ProbeResult Result, string Detail)> AskBucketAsync(
        Func<IAmazonS3, string, CancellationToken, Task<(ProbeResult, string)>> ask, CancellationToken cancellationToken) =>
        await pipeline.SendAsync("look at the settings of", $"bucket '{settings.Bucket}'", bytes: 0, async attempt =>
        {
            try
            {
                return await ask(client, settings.Bucket, attempt.Token);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is not "NoSuchBucket")
            {
                return (ProbeResult.Passed, "none");
            }
        }, cancellationToken);
}
