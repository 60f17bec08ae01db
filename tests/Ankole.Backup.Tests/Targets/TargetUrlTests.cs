using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class TargetUrlTests
{
    [Theory]
    [InlineData("s3://bucket@us-east-1/", "bucket", "us-east-1", "")]
    [InlineData("s3://bucket@us-east-1/path/", "bucket", "us-east-1", "path/")]
    [InlineData("s3://bucket@us-east-1//a//b", "bucket", "us-east-1", "a/b/")]
    [InlineData("s3://My.Bucket_1@eu-west-1/a%20b/%C3%A9", "My.Bucket_1", "eu-west-1", "a b/é/")]
    [InlineData("S3://bucket/path", "bucket", null, "path/")]
    [InlineData("s3://bucket@r/a/../b/./c/..", "bucket", "r", "b/")]
    [InlineData("s3://bucket@r/../..", "bucket", "r", "")]
    public void An_S3_target_is_bucket_region_and_path(string text, string bucket, string? region, string prefix)
    {
        var target = Assert.IsType<S3TargetUrl>(TargetUrl.Parse(text));
        Assert.Equal((bucket, region, prefix), (target.Bucket, target.Region, target.KeyPrefix));
    }

    [Theory]
    [InlineData("nfs://nas:/export", "nas", "/export")]
    [InlineData("nfs://nas:/export/deep//er/", "nas", "/export/deep/er")]
    [InlineData("nfs://[fd00::1]:/export", "[fd00::1]", "/export")]
    [InlineData("nfs://10.0.0.1/export", "10.0.0.1", "/export")]
    public void An_NFS_target_is_server_and_export(string text, string server, string path)
    {
        var target = Assert.IsType<NfsTargetUrl>(TargetUrl.Parse(text));
        Assert.Equal((server, path), (target.Server, target.Path));
    }

    [Theory]
    [InlineData("nfs://nas:/e", new string[0])]
    [InlineData("nfs://nas:/e?nfsOptions=soft,timeo=150", new[] { "soft", "timeo=150" })]
    [InlineData("nfs://nas:/e?nfsOptions=soft%2Ctimeo%3D150", new[] { "soft", "timeo=150" })]
    [InlineData("nfs://nas:/e?nfsOptions=soft&nfsOptions=a,b&other=1", new[] { "soft", "a,b" })]
    [InlineData("nfs://nas:/e?nfsOptions=", new string[0])]
    public void Mount_options_are_split_at_commas_or_repeated(string text, string[] options) =>
        Assert.Equal(options, ((NfsTargetUrl)TargetUrl.Parse(text)).Options);

    [Fact]
    public void The_other_targets_have_their_parts()
    {
        var cifs = Assert.IsType<CifsTargetUrl>(TargetUrl.Parse("cifs://nas/share/path/?cifsOptions=rsize=65536,wsize=65536"));
        Assert.Equal(("nas", "/share/path"), (cifs.Server, cifs.Path));
        Assert.Equal(["rsize=65536", "wsize=65536"], cifs.Options);
        var azure = Assert.IsType<AzureBlobTargetUrl>(TargetUrl.Parse("azblob://container@core.chinacloudapi.cn/path/"));
        Assert.Equal(("container", "core.chinacloudapi.cn", "path/"), (azure.Container, azure.EndpointSuffix, azure.KeyPrefix));
        Assert.Equal("core.windows.net", Assert.IsType<AzureBlobTargetUrl>(TargetUrl.Parse("azblob://container/")).EndpointSuffix);
        Assert.Equal("/srv/backups", Assert.IsType<DirectoryTargetUrl>(TargetUrl.Parse("vfs:///srv/backups/")).Path);
        Assert.Equal("/srv/my backups", Assert.IsType<DirectoryTargetUrl>(TargetUrl.Parse("file:///srv/my%20backups")).Path);
    }

    [Theory]
    [InlineData(null, "destination URL hasn't been specified: give a target such as s3://bucket@region/path/ or file:///srv/backup.")]
    [InlineData("  ", "destination URL hasn't been specified: give a target such as s3://bucket@region/path/ or file:///srv/backup.")]
    [InlineData("ftp://host/path", "driver ftp is not supported: use s3, nfs, cifs, azblob, vfs or file.")]
    [InlineData("/srv/backup", "driver  is not supported: '/srv/backup' has no scheme. For a directory write file:///absolute/path.")]
    [InlineData(
        "s3://bucket@region",
        "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 's3://bucket@region' has no path; '/' is enough, as in s3://bucket@region/.")]
    [InlineData("s3://@region/x", "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 's3://@region/x' names no bucket.")]
    [InlineData("s3:///x", "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 's3:///x' names no bucket.")]
    [InlineData("s3://b1@/x", "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 's3://b1@/x' has an '@' without a region behind it.")]
    [InlineData(
        "s3://bucket@minio:9000/x",
        "invalid URL. Must be either s3://bucket@region/path/, or s3://bucket/path: 'minio:9000' is no region, as us-east-1 is. " +
        "The server's address does not belong here: it is the credential AWS_ENDPOINTS.")]
    [InlineData("nfs://:/export", "NFS path must follow format: nfs://<server-address>:/<share-name>/: 'nfs://:/export' names no server.")]
    [InlineData("nfs://nas:", "cannot find nfs path: 'nfs://nas:' names no export. NFS path must follow format: nfs://<server-address>:/<share-name>/.")]
    [InlineData(
        "nfs://nas:2049/export",
        "NFS path must follow format: nfs://<server-address>:/<share-name>/: 'nfs://nas:2049/export' has a port between server and path. " +
        "Write it as an option: ?nfsOptions=port=2049; IPv6 addresses go in brackets.")]
    [InlineData("cifs:///share", "CIFS path must follow format: cifs://<server-address>/<share-name>/: 'cifs:///share' names no server.")]
    [InlineData("cifs://nas/", "cannot find CIFS path: 'cifs://nas/' names no share. CIFS path must follow format: cifs://<server-address>/<share-name>/.")]
    [InlineData(
        "azblob://container@core.windows.net",
        "invalid URL. Must be either azblob://container@serviceurl/path/, or azblob://container/path: " +
        "'azblob://container@core.windows.net' has no path; '/' is enough, as in azblob://container@core.windows.net/.")]
    [InlineData(
        "vfs://srv/backups",
        "VFS path must follow: vfs:///path/ format: 'vfs://srv/backups' has a host where nothing may be. Write three slashes before the path.")]
    [InlineData("vfs://", "cannot find vfs path: 'vfs://' names no directory. Write vfs:///absolute/path.")]
    [InlineData("file://", "cannot find file path: 'file://' names no directory. Write file:///absolute/path.")]
    [InlineData("s3://b1@r/%zz", "'/%zz' has a '%' without two hex digits behind it: write %25 for the sign itself.")]
    [InlineData("s3://b1@r/%ff", "'/%ff' does not decode to UTF-8: encode each byte of the UTF-8 form.")]
    [InlineData("s3://b1@r/a%0Ab", "'/a%0Ab' holds an encoded control character: remove it.")]
    [InlineData("s3://b1@r/a#b", "the target URL contains '#', which ends a URL's address: write %23 for it.")]
    [InlineData("s3://b1@r/a\n", "the target URL begins or ends with a blank, or contains a line break or another control character: remove it.")]
    public void A_wrong_target_is_refused_in_Longhorns_words_with_the_fix(string? text, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => TargetUrl.Parse(text)).Message);

    [Theory]
    [InlineData("s3://KEY:hush@bucket@region/")]
    [InlineData("cifs://user:hush@nas/share")]
    public void A_password_in_a_URL_is_refused_and_not_repeated(string text)
    {
        var error = Assert.Throws<InvalidInputException>(() => TargetUrl.Parse(text));
        Assert.Contains("holds a password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_shows_itself_as_it_was_written() =>
        Assert.Equal("nfs://nas:/export?nfsOptions=soft", TargetUrl.Parse("nfs://nas:/export?nfsOptions=soft").ToString());
}
