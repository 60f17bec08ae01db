using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;

namespace Ankole.Backup;

/// <summary>The SDK's client, set up so that it only makes and signs one request and reads one answer: retries, deadlines and pacing are <see cref="RequestPipeline"/>'s.</summary>
internal sealed class S3Client(AWSCredentials? credentials, AmazonS3Config config) : AmazonS3Client(credentials, config)
{
    private const int BodyPieceBytes = 256 << 10;

    public static S3Client Create(S3Settings settings, ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            HttpClientFactory = new S3HttpClients(settings, options),
            HttpClientCacheSize = 1,
            AllowAutoRedirect = false,
            // What a body is handed to the connection in: 8 KiB, the SDK's own default, are 256 small sends for a block of 2 MiB.
            BufferSize = BodyPieceBytes,
            DisableLogging = true,
            IgnoreConfiguredEndpointUrls = true,
            ForcePathStyle = settings.PathStyle,
            AuthenticationRegion = settings.Region,
            // The SDK's own default adds checksums that RADOS Gateway, MinIO and others of some age refuse.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (settings.Endpoint is { } endpoint)
            config.ServiceURL = endpoint.AbsoluteUri;
        else
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        return new S3Client(CredentialsOf(settings.Credentials), config);
    }

    /// <summary>Neither key given means the SDK's default chain: profile, container role, instance role.</summary>
    private static AWSCredentials? CredentialsOf(TargetCredentials credentials)
    {
        var (id, secret) = (credentials[CredentialKey.AwsAccessKeyId], credentials[CredentialKey.AwsSecretAccessKey]);
        if (id is null || secret is null)
            return null;
        return credentials[CredentialKey.AwsSessionToken] is { } token
            ? new SessionAWSCredentials(id, secret, token)
            : new BasicAWSCredentials(id, secret);
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerAfter<ChecksumHandler>(new ContentMd5Handler());
    }
}
