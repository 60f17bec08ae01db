namespace Ankole.Backup;

/// <summary>The names under which credentials arrive, in a Kubernetes secret or in the environment (Longhorn backupstore format, section 16.1).</summary>
public static class CredentialKey
{
    public const string AwsAccessKeyId = "AWS_ACCESS_KEY_ID";
    public const string AwsSecretAccessKey = "AWS_SECRET_ACCESS_KEY";

    /// <summary>Not one of Longhorn's own keys, but part of every set of temporary AWS keys.</summary>
    public const string AwsSessionToken = "AWS_SESSION_TOKEN";

    public const string AwsRegion = "AWS_REGION";

    /// <summary>Read by a manager only, which then allows the two keys to be missing: no store uses it.</summary>
    public const string AwsIamRoleArn = "AWS_IAM_ROLE_ARN";

    public const string AwsEndpoints = "AWS_ENDPOINTS";
    public const string AwsCert = "AWS_CERT";
    public const string VirtualHostedStyle = "VIRTUAL_HOSTED_STYLE";
    public const string AwsSignAcceptEncoding = "AWS_SIGN_ACCEPT_ENCODING";

    public const string HttpProxy = "HTTP_PROXY";
    public const string HttpsProxy = "HTTPS_PROXY";
    public const string NoProxy = "NO_PROXY";

    public const string CifsUsername = "CIFS_USERNAME";
    public const string CifsPassword = "CIFS_PASSWORD";

    public const string AzblobAccountName = "AZBLOB_ACCOUNT_NAME";
    public const string AzblobAccountKey = "AZBLOB_ACCOUNT_KEY";
    public const string AzblobEndpoint = "AZBLOB_ENDPOINT";
    public const string AzblobCert = "AZBLOB_CERT";

    internal static readonly string[] Proxies = [HttpProxy, HttpsProxy, NoProxy];

    internal static readonly string[] S3 =
    [
        AwsAccessKeyId, AwsSecretAccessKey, AwsSessionToken, AwsRegion, AwsIamRoleArn, AwsEndpoints, AwsCert, VirtualHostedStyle,
        AwsSignAcceptEncoding, .. Proxies,
    ];

    internal static readonly string[] Cifs = [CifsUsername, CifsPassword];

    internal static readonly string[] AzureBlob = [AzblobAccountName, AzblobAccountKey, AzblobEndpoint, AzblobCert, .. Proxies];

    public static IReadOnlyList<string> All { get; } = [.. S3.Union(Cifs).Union(AzureBlob)];

    /// <summary>A PEM text ends with a line break by nature; every other value that does was made by accident.</summary>
    internal static bool MayEndWithLineBreak(string key) => key is AwsCert or AzblobCert;
}
