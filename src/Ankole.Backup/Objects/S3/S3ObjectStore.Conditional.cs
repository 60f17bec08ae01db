using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Ankole.Backup;

/// <summary>Put-if-absent: by the server's condition where it honours one, else by a question followed by a write.</summary>
internal sealed partial class S3ObjectStore
{
    /// <summary>Metadata by which a writer knows its own object again.</summary>
    private const string WriterMark = "x-amz-meta-ankole-writer";

    private readonly SemaphoreSlim probing = new(1, 1);
    private bool? honoursCondition;

    /// <summary>Amazon's S3 is known to honour the condition; any other server is asked once, by the first <see cref="PutIfAbsentAsync"/>.</summary>
    public bool HasAtomicPutIfAbsent => honoursCondition ?? settings.IsAmazon;

    public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (await HonoursConditionAsync(cancellationToken))
            return await PutConditionallyAsync(key, content, cancellationToken);
        if (await StatAsync(key, cancellationToken) is not null)
            return false;
        await PutAsync(key, content, cancellationToken);
        return true;
    }

    private ValueTask<bool> PutConditionallyAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        return pipeline.SendAsync(S3Action.Put, Quoted(key), content.Length, async attempt =>
        {
            try
            {
                await SendPutAsync(key, content, attempt, request =>
                {
                    request.IfNoneMatch = "*";
                    request.Metadata.Add(WriterMark, mark);
                });
                return true;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                // Perhaps ours: an earlier attempt, or a repetition by something on the way, may have won and its answer been lost.
                return await HasMarkAsync(key, mark, attempt);
            }
        }, cancellationToken);
    }

    private async ValueTask<bool> HasMarkAsync(string key, string mark, RequestAttempt attempt)
    {
        try
        {
            Requests.CountStat();
            var request = new GetObjectMetadataRequest { BucketName = settings.Bucket, Key = FullKey(key) };
            var answer = await client.GetObjectMetadataAsync(request, attempt.Token);
            return answer.Metadata[WriterMark] == mark;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private async ValueTask<bool> HonoursConditionAsync(CancellationToken cancellationToken)
    {
        if (settings.IsAmazon)
            return true;
        if (honoursCondition is { } known)
            return known;
        await probing.WaitAsync(cancellationToken);
        try
        {
            return honoursCondition ??= await ProbeConditionAsync(cancellationToken);
        }
        finally
        {
            probing.Release();
        }
    }

    /// <summary>Writes a scratch object twice, the second time on condition that there is none: a server that honours it says no.</summary>
    private async ValueTask<bool> ProbeConditionAsync(CancellationToken cancellationToken)
    {
        var key = TargetProbe.ScratchFolder + Guid.NewGuid().ToString("N");
        await PutAsync(key, ReadOnlyMemory<byte>.Empty, cancellationToken);
        try
        {
            return await pipeline.SendAsync(S3Action.Put, Quoted(key), bytes: 0, async attempt =>
            {
                try
                {
                    await SendPutAsync(key, ReadOnlyMemory<byte>.Empty, attempt, request => request.IfNoneMatch = "*");
                    return false;
                }
                catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
                {
                    return true;
                }
                catch (AmazonS3Exception e) when (IsUnknownToServer(e))
                {
                    return false;
                }
            }, cancellationToken);
        }
        finally
        {
            await DeleteAsync([key], cancellationToken);
        }
    }

    private static bool IsUnknownToServer(AmazonS3Exception e) =>
        e.StatusCode is HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed || e.ErrorCode is "NotImplemented" or "MethodNotAllowed";
}
