using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Ankole.Backup;

/// <summary>
/// Gives a batch delete the <c>Content-MD5</c> that every S3 server knows, in place of the newer checksum headers that older ones refuse
/// (S3 API, DeleteObjects: the request carries the one or the other).
/// </summary>
internal sealed class ContentMd5Handler : PipelineHandler
{
    private const string ContentMd5 = "Content-MD5";
    private const string ChecksumHeaders = "x-amz-checksum-";
    private const string ChecksumAlgorithm = "x-amz-sdk-checksum-algorithm";

    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        AddHeader(executionContext.RequestContext);
        return base.InvokeAsync<T>(executionContext);
    }

    private static void AddHeader(IRequestContext context)
    {
        if (context.OriginalRequest is not Amazon.S3.Model.DeleteObjectsRequest)
            return;
        var headers = context.Request.Headers;
        foreach (var name in headers.Keys.Where(name => name.StartsWith(ChecksumHeaders, StringComparison.OrdinalIgnoreCase)).ToList())
            headers.Remove(name);
        headers.Remove(ChecksumAlgorithm);
#pragma warning disable CA5351 // A checksum against transfer errors that the protocol prescribes, not a protection against people.
        headers[ContentMd5] = Convert.ToBase64String(context.Request.ContentStream is { } stream ? HashOf(stream) : MD5.HashData(context.Request.Content));
#pragma warning restore CA5351
    }

    private static byte[] HashOf(Stream stream)
    {
        var start = stream.Position;
#pragma warning disable CA5351
        var hash = MD5.HashData(stream);
#pragma warning restore CA5351
        stream.Position = start;
        return hash;
    }
}
