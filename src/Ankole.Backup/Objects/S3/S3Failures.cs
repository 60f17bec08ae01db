using System.Net;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>Turns what a server, the network or the SDK says into why a request failed and what a person can do about it.</summary>
internal sealed partial class S3Failures(S3Settings settings)
{
    private readonly TransportFailures transport = new(
        settings.HostEndpoint, settings.Proxy, settings.Endpoint is not null, CredentialKey.AwsEndpoints, CredentialKey.AwsCert, NameNotFound(settings));

    private string Host => settings.HostEndpoint.Authority;

    public RequestFailure Explain(Exception error, string action)
    {
        if (TransportFailures.Find<AmazonS3Exception>(error) is { StatusCode: not 0 } answer)
            return ExplainAnswer(answer, action) with { IsAnswer = true };
        if (transport.Explain(error) is { } failure)
            return failure;
        if (TransportFailures.Find<AmazonClientException>(error) is { } client)
            return ExplainClient(client);
        return RequestFailure.Final(ErrorKind.Failed, TransportFailures.OneLine(error.Message));
    }

    /// <summary>The server, not the request, is at fault; or too much was asked at once.</summary>
    public static bool IsTransientCode(string? code) => code is
        "InternalError" or "SlowDown" or "ServiceUnavailable" or "RequestTimeout" or "OperationAborted" or "ConditionalRequestConflict" or
        "Throttling" or "ThrottlingException" or "TooManyRequests" or "TooManyRequestsException" or "RequestLimitExceeded" or "Busy" or
        "BadDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody";

    public static string DescribeDeleteError(DeleteError error) => error.Code switch
    {
        "AccessDenied" => $"the server refused it (AccessDenied): the user needs {S3Action.PermissionFor(S3Action.Delete)}, " +
            "and the bucket's object lock, if it has one, must have run out",
        _ => $"{error.Code}: {TransportFailures.OneLine(error.Message)}",
    };

    private RequestFailure ExplainAnswer(AmazonS3Exception answer, string action)
    {
        var status = (int)answer.StatusCode;
        var code = string.IsNullOrEmpty(answer.ErrorCode) ? $"HTTP {status}" : answer.ErrorCode;
        if (code is "SlowDown" or "Throttling" or "ThrottlingException" or "TooManyRequests" or "TooManyRequestsException" or "RequestLimitExceeded" || status is 503 or 429)
            return RequestFailure.Transient($"the server asks for fewer requests ({code})") with { IsSlowDown = true };
        if (IsWrongRegion(answer) is { } region)
            return RequestFailure.Final(ErrorKind.InvalidInput, region);
        if (IsTransientCode(answer.ErrorCode) || status is 500 or 502 or 504 or 408)
            return RequestFailure.Transient($"the server failed ({code})");
        return code switch
        {
            "NoSuchKey" => RequestFailure.Final(ErrorKind.Damaged, "the object has disappeared"),
            "NoSuchBucket" => RequestFailure.Final(ErrorKind.Unavailable, $"there is no bucket '{settings.Bucket}' at {Host}: create it, or correct the URL"),
            "InvalidAccessKeyId" => RequestFailure.Final(ErrorKind.Unavailable,
                $"the server does not know the access key (InvalidAccessKeyId): check {CredentialKey.AwsAccessKeyId}, and that it belongs to {Host}"),
            "SignatureDoesNotMatch" => RequestFailure.Final(ErrorKind.Unavailable,
                $"the server finds the signature wrong (SignatureDoesNotMatch): check {CredentialKey.AwsSecretAccessKey}, and that it has no line break or blank " +
                "at its end ('echo -n' adds none); a proxy that changes headers does this too"),
            "RequestTimeTooSkewed" => RequestFailure.Final(ErrorKind.Unavailable,
                "the clocks of this machine and of the server differ too much (RequestTimeTooSkewed): set this machine's clock right, for instance by NTP"),
            "ExpiredToken" or "TokenRefreshRequired" => RequestFailure.Final(ErrorKind.Unavailable, $"the temporary credentials have expired ({code}): get new ones"),
            "InvalidToken" => RequestFailure.Final(ErrorKind.Unavailable, $"the server does not accept {CredentialKey.AwsSessionToken} (InvalidToken)"),
            "InvalidObjectState" => RequestFailure.Final(ErrorKind.Unavailable,
                "the object was moved to an archive class (InvalidObjectState): restore it there, and keep lifecycle rules away from this path"),
            "QuotaExceeded" or "XMinioStorageFull" or "XMinioAdminBucketQuotaExceeded" or "InsufficientCapacity" => Full(code),
            "AccessDenied" or "Forbidden" or "AllAccessDisabled" or "AccountProblem" => Refused(code, action),
            "MethodNotAllowed" or "XMinioReadOnly" => RequestFailure.Final(ErrorKind.Unavailable,
                $"the server does not let anybody {action} here ({code}): the bucket or the server is read-only, or the endpoint is no S3 interface"),
            _ => status switch
            {
                507 => Full(code),
                401 or 403 => Refused(code, action),
                404 => RequestFailure.Final(ErrorKind.Unavailable,
                    $"{Host} answers 404 but not in S3's words: check that the endpoint is the S3 interface and not a web page, and the bucket's name"),
                _ => RequestFailure.Final(status >= 500 ? ErrorKind.Unavailable : ErrorKind.Failed, $"the server answers {code}: {TransportFailures.OneLine(answer.Message)}"),
            },
        };
    }

    private static RequestFailure Full(string code) =>
        RequestFailure.Final(ErrorKind.Unavailable, $"the store is full or its quota is used up ({code}): free space, or raise the quota, and run it again");

    private static RequestFailure Refused(string code, string action) =>
        RequestFailure.Final(ErrorKind.Unavailable, $"the server refused it ({code}): the user needs {S3Action.PermissionFor(action)}");

    private string? IsWrongRegion(AmazonS3Exception answer)
    {
        var isRedirect = (int)answer.StatusCode is 301 or 302 or 307 or 308;
        if (!isRedirect && answer.ErrorCode is not ("AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException"))
            return null;
        var right = ExpectedRegion().Match(answer.Message) is { Success: true } match ? match.Groups[1].Value : null;
        return right is not null && right != settings.Region
            ? $"the bucket is in region {right}, not {settings.Region}: write s3://{settings.Bucket}@{right}/{settings.KeyPrefix}"
            : isRedirect
                ? $"{Host} sends this request elsewhere (HTTP {(int)answer.StatusCode}): check the region in the URL, and that {CredentialKey.AwsEndpoints} is the S3 interface itself"
                : $"the server expects another region than {settings.Region} ({answer.ErrorCode}): correct the region in the URL or {CredentialKey.AwsRegion}";
    }

    private RequestFailure ExplainClient(AmazonClientException client) => settings.Credentials[CredentialKey.AwsAccessKeyId] is null
        ? RequestFailure.Final(ErrorKind.InvalidInput,
            $"there are no credentials: {CredentialKey.AwsAccessKeyId} and {CredentialKey.AwsSecretAccessKey} are not set, and neither a profile, nor a container's nor " +
            "an instance's role gives any")
        : RequestFailure.Final(ErrorKind.Failed, TransportFailures.OneLine(client.Message));

    private static string NameNotFound(S3Settings settings)
    {
        var host = settings.HostEndpoint.Host;
        return settings.PathStyle
            ? $"the name {host} cannot be resolved: check {(settings.Endpoint is null ? "the region in the URL" : CredentialKey.AwsEndpoints)} and this machine's DNS"
            : settings.Endpoint is null
                ? $"the name {settings.Bucket}.{host} cannot be resolved: check the region in the URL and this machine's DNS"
                : $"the name {settings.Bucket}.{host} cannot be resolved: this server has no name per bucket; set {CredentialKey.VirtualHostedStyle} to false for path style";
    }

    [GeneratedRegex(@"expecting '([A-Za-z0-9-]+)'")]
    private static partial Regex ExpectedRegion();
}
