using System.Security.Cryptography.X509Certificates;
using Amazon;
using Ankole.Core;

namespace Ankole.Backup;

/// <summary>What a target's URL and its credentials together say about an S3 store.</summary>
/// <param name="KeyPrefix">In front of every key: empty, or ending with a slash.</param>
/// <param name="Endpoint">Null: Amazon's own for the region.</param>
/// <param name="PathStyle">True: <c>https://host/bucket/key</c>; false: <c>https://bucket.host/key</c>.</param>
/// <param name="Trust">Certificates trusted beside the system's.</param>
internal sealed record S3Settings(
    string DisplayName,
    string Bucket,
    string KeyPrefix,
    string Region,
    Uri? Endpoint,
    bool PathStyle,
    X509Certificate2Collection Trust,
    ProxySelection? Proxy,
    TargetCredentials Credentials)
{
    /// <summary>Servers of one's own mostly ignore it, but a signature must name one.</summary>
    private const string RegionOfOwnServers = "us-east-1";

    /// <summary>The endpoint that requests go to, the bucket's part of the host name left out.</summary>
    public Uri HostEndpoint => Endpoint ?? new Uri($"https://s3.{Region}.{RegionEndpoint.GetBySystemName(Region).PartitionDnsSuffix}");

    public bool IsAmazon => Endpoint is null || Endpoint.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InvalidInputException">Something that is needed is missing.</exception>
    public static S3Settings From(S3TargetUrl target, TargetCredentials credentials)
    {
        credentials.Check(target);
        var endpoint = credentials[CredentialKey.AwsEndpoints] is { } text ? new Uri(text) : null;
        var region = target.Region ?? credentials[CredentialKey.AwsRegion] ?? (endpoint is null ? null : RegionOfOwnServers);
        if (region is null)
            throw new InvalidInputException(
                $"{target} names no region: write s3://{target.Bucket}@REGION/{target.KeyPrefix}, or set {CredentialKey.AwsRegion}; " +
                $"for a server of your own set {CredentialKey.AwsEndpoints}.");
        return new S3Settings(
            target.ToString(), target.Bucket, target.KeyPrefix, region, endpoint, IsPathStyle(credentials, endpoint, target.Bucket),
            credentials[CredentialKey.AwsCert] is { } pem ? PemCertificates.Parse(CredentialKey.AwsCert, pem) : [],
            ProxySelection.From(credentials), credentials);
    }

    /// <summary>
    /// A bucket whose name has a dot cannot be part of a host name under TLS: the certificate covers one label. Elsewhere an endpoint of one's own
    /// means path style, because few of them have a name per bucket.
    /// </summary>
    private static bool IsPathStyle(TargetCredentials credentials, Uri? endpoint, string bucket) => credentials[CredentialKey.VirtualHostedStyle] switch
    {
        "true" => false,
        "false" => true,
        _ => endpoint is not null || bucket.Contains('.', StringComparison.Ordinal),
    };
}
