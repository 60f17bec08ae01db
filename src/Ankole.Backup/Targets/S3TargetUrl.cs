using System.Text.RegularExpressions;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary><c>s3://BUCKET@REGION/PATH/</c> or <c>s3://BUCKET/PATH</c>.</summary>
/// <param name="Region">Null when the URL names none: then <c>AWS_REGION</c> decides.</param>
/// <param name="KeyPrefix">In front of every key: empty, or a path without leading slash that ends with one.</param>
public sealed partial record S3TargetUrl(string Location, string Query, string Bucket, string? Region, string KeyPrefix)
    : TargetUrl("s3", Location, Query)
{
    private const string WrongForm = "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path";

    internal static S3TargetUrl From(UrlText url)
    {
        var (bucket, region) = url.User is null ? (url.Host, null) : (url.User, url.Host);
        if (bucket.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' names no bucket.");
        if (url.Path.Length == 0)
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' has no path; '/' is enough, as in {url.Location}/.");
        if (region is "")
            throw new InvalidInputException($"{WrongForm}: '{url.Location}' has an '@' without a region behind it.");
        if (!BucketPattern().IsMatch(bucket))
            throw new InvalidInputException(
                $"{WrongForm}: '{bucket}' is no bucket name, which has letters, digits, '.', '-' and '_'. " +
                "The server's address does not belong here: it is the credential AWS_ENDPOINTS.");
        if (region is not null && !RegionPattern().IsMatch(region))
            throw new InvalidInputException(
                $"{WrongForm}: '{region}' is no region, as us-east-1 is. The server's address does not belong here: it is the credential AWS_ENDPOINTS.");
        return new S3TargetUrl(url.Location, url.Query, bucket, region, KeyPrefixOf(url.CleanPath()));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{1,254}\z")]
    private static partial Regex BucketPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex RegionPattern();
}
