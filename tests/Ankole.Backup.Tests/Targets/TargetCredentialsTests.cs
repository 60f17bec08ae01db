using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class TargetCredentialsTests
{
    private const string Secret = "hush-hush";

    private static readonly TargetUrl S3 = TargetUrl.Parse("s3://bucket@us-east-1/");
    private static readonly TargetUrl Azure = TargetUrl.Parse("azblob://container/");

    [Fact]
    public void Credentials_come_from_the_environment_and_are_never_shown()
    {
        var credentials = TargetCredentials.FromEnvironment(name => name switch
        {
            "AWS_ACCESS_KEY_ID" => "id",
            "AWS_SECRET_ACCESS_KEY" => Secret,
            "AWS_CERT" => "",
            "https_proxy" => "http://proxy:3128",
            "PATH" => "/bin",
            _ => null,
        });
        Assert.Equal("credentials with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, HTTPS_PROXY", credentials.ToString());
        credentials.Check(S3);
    }

    [Theory]
    [InlineData("AWS_ACCESS_KEY_ID", "x", "s3 credential secret access key not found (set AWS_SECRET_ACCESS_KEY beside AWS_ACCESS_KEY_ID, or neither)")]
    [InlineData("AWS_SECRET_ACCESS_KEY", Secret, "s3 credential access key not found (set AWS_ACCESS_KEY_ID beside AWS_SECRET_ACCESS_KEY, or neither)")]
    [InlineData("AWS_REGION", "us-east-1\n", "AWS_REGION ends with a line break (make it with 'echo -n', which adds none)")]
    [InlineData("AWS_ENDPOINTS", " http://x", "AWS_ENDPOINTS begins or ends with a blank or a line break (remove it; make it with 'echo -n', which adds none)")]
    [InlineData("AWS_ENDPOINTS", "minio:9000", "AWS_ENDPOINTS must begin with http:// or https://, as https://minio.example.com:9000 does")]
    [InlineData("AWS_ENDPOINTS", "http://", "AWS_ENDPOINTS is no URL (write it as https://minio.example.com:9000)")]
    [InlineData("AWS_ENDPOINTS", "http://id:hush-hush@host", "AWS_ENDPOINTS may hold nothing but scheme, host, port and path (keys have their own entries)")]
    [InlineData("AWS_CERT", "LS0tLS1CRUdJTi",
        "AWS_CERT holds no certificate (it must be PEM text, -----BEGIN CERTIFICATE----- and so on; a value that was base64-encoded twice looks like this too)")]
    [InlineData("AWS_CERT", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "AWS_CERT holds a damaged certificate (give whole PEM blocks, line breaks included)")]
    [InlineData("VIRTUAL_HOSTED_STYLE", "True", "VIRTUAL_HOSTED_STYLE must be exactly true or false (leave it out to let AWS_ENDPOINTS decide)")]
    [InlineData("AWS_SIGN_ACCEPT_ENCODING", "maybe", "AWS_SIGN_ACCEPT_ENCODING must be true or false")]
    [InlineData("HTTPS_PROXY", "ftp://proxy", "HTTPS_PROXY is no proxy address (write it as http://proxy.example.com:3128)")]
    public void A_wrong_S3_credential_is_named_with_its_fix_and_without_its_value(string key, string value, string problem)
    {
        var error = Assert.Throws<InvalidInputException>(() => Of((key, value)).Check(S3));
        Assert.Equal($"the credentials for s3://bucket@us-east-1/ cannot be used: {problem}.", error.Message);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_told_at_once()
    {
        var error = Assert.Throws<InvalidInputException>(() => Of(("AWS_SECRET_ACCESS_KEY", Secret + "\n"), ("VIRTUAL_HOSTED_STYLE", "yes")).Check(S3));
        Assert.Equal(
            "the credentials for s3://bucket@us-east-1/ cannot be used: AWS_SECRET_ACCESS_KEY ends with a line break (make it with 'echo -n', which adds none); " +
            "s3 credential access key not found (set AWS_ACCESS_KEY_ID beside AWS_SECRET_ACCESS_KEY, or neither); " +
            "VIRTUAL_HOSTED_STYLE must be exactly true or false (leave it out to let AWS_ENDPOINTS decide).", error.Message);
    }

    [Theory]
    [InlineData("AZBLOB_ACCOUNT_NAME", "azure Blob Storage credential account key not found (set AZBLOB_ACCOUNT_KEY beside AZBLOB_ACCOUNT_NAME, or neither)")]
    [InlineData("AZBLOB_ACCOUNT_KEY", "azure Blob Storage credential account name not found (set AZBLOB_ACCOUNT_NAME beside AZBLOB_ACCOUNT_KEY, or neither)")]
    public void Azure_wants_both_keys_or_neither(string key, string problem)
    {
        var error = Assert.Throws<InvalidInputException>(() => Of((key, "x")).Check(Azure));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_target_does_not_use_cannot_be_wrong_for_it()
    {
        var credentials = Of(("AWS_ACCESS_KEY_ID", "x"), ("HTTP_PROXY", "ftp://x"));
        credentials.Check(TargetUrl.Parse("file:///srv"));
        credentials.Check(TargetUrl.Parse("nfs://nas:/e"));
    }

    [Theory]
    [InlineData("s3://bucket@us-east-1/", null, null, false)]
    [InlineData("s3://bucket.with.dots@us-east-1/", null, null, true)]
    [InlineData("s3://bucket@us-east-1/", "http://minio:9000", null, true)]
    [InlineData("s3://bucket@us-east-1/", "http://minio:9000", "true", false)]
    [InlineData("s3://bucket@us-east-1/", null, "false", true)]
    public void Path_style_follows_the_endpoint_unless_it_is_said(string url, string? endpoint, string? style, bool pathStyle) =>
        Assert.Equal(pathStyle, SettingsOf(url, ("AWS_ENDPOINTS", endpoint ?? ""), ("VIRTUAL_HOSTED_STYLE", style ?? "")).PathStyle);

    [Fact]
    public void The_region_comes_from_the_URL_then_from_AWS_REGION_then_a_server_of_ones_own_needs_none()
    {
        Assert.Equal("r1", SettingsOf("s3://bucket@r1/", ("AWS_REGION", "r2")).Region);
        Assert.Equal("r2", SettingsOf("s3://bucket/", ("AWS_REGION", "r2")).Region);
        Assert.Equal("us-east-1", SettingsOf("s3://bucket/", ("AWS_ENDPOINTS", "http://minio:9000")).Region);
        var error = Assert.Throws<InvalidInputException>(() => SettingsOf("s3://bucket/path"));
        Assert.Equal(
            "s3://bucket/path names no region: write s3://bucket@REGION/path/, or set AWS_REGION; for a server of your own set AWS_ENDPOINTS.", error.Message);
    }

    [Theory]
    [InlineData("cifs://nas/share", "the cifs driver is not built into this version, so cifs://nas/share cannot be opened. " +
        "Mount it (mount -t cifs //nas/share /mnt/backups) and use file:///mnt/backups.")]
    [InlineData("azblob://container/", "azblob://container/ needs the keys of a storage account: set AZBLOB_ACCOUNT_NAME and AZBLOB_ACCOUNT_KEY.")]
    public void A_target_that_cannot_be_opened_as_it_is_names_the_way_around(string url, string message) => Assert.Equal(
        message, Assert.Throws<InvalidInputException>(() => ObjectStores.Open(TargetUrl.Parse(url), TargetCredentials.None, new ObjectStoreOptions())).Message);

    [Theory]
    [InlineData("azblob://backups/", null, "https://acct.blob.core.windows.net/backups")]
    [InlineData("azblob://backups@core.chinacloudapi.cn/a/b", null, "https://acct.blob.core.chinacloudapi.cn/backups")]
    [InlineData("azblob://backups@core.windows.net/", "http://127.0.0.1:10000", "http://127.0.0.1:10000/acct/backups")]
    [InlineData("azblob://backups@core.windows.net/", "https://blobs.example.com/x/", "https://blobs.example.com/x/acct/backups")]
    public void An_account_is_a_name_below_the_suffix_or_a_path_at_the_given_endpoint(string url, string? endpoint, string container)
    {
        var credentials = Of(("AZBLOB_ACCOUNT_NAME", "acct"), ("AZBLOB_ACCOUNT_KEY", "a2V5"), ("AZBLOB_ENDPOINT", endpoint ?? ""));
        Assert.Equal(container, AzureBlobSettings.From((AzureBlobTargetUrl)TargetUrl.Parse(url), credentials).ContainerUri.AbsoluteUri);
    }

    private static S3Settings SettingsOf(string url, params (string, string)[] credentials) => S3Settings.From((S3TargetUrl)TargetUrl.Parse(url), Of(credentials));

    private static TargetCredentials Of(params (string Key, string Value)[] values) =>
        TargetCredentials.FromSecret(values.ToDictionary(pair => pair.Key, pair => pair.Value));
}
