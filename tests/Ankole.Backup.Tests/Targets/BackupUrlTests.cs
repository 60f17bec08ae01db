using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class BackupUrlTests
{
    [Theory]
    [InlineData("s3://b1@r/p/", "vol1", "backup-1", "s3://b1@r/p/?backup=backup-1&volume=vol1")]
    [InlineData("s3://b1@r/p/", "vol1", null, "s3://b1@r/p/?volume=vol1")]
    [InlineData("s3://b1@r/p/", null, null, "s3://b1@r/p/")]
    [InlineData(
        "nfs://nas:/export?nfsOptions=soft,timeo=300", "vol1", "backup-1", "nfs://nas:/export?backup=backup-1&nfsOptions=soft%2Ctimeo%3D300&volume=vol1")]
    [InlineData("nfs://nas:/e?zz=1&nfsOptions=b&nfsOptions=a", "vol1", "bk", "nfs://nas:/e?backup=bk&nfsOptions=b&nfsOptions=a&volume=vol1&zz=1")]
    [InlineData("nfs://nas:/e?x=a b%2B~é", "vol1", null, "nfs://nas:/e?volume=vol1&x=a+b%2B~%C3%A9")]
    public void A_URL_is_written_with_sorted_keys_and_encoded_values_and_read_back(string target, string? volume, string? backup, string text)
    {
        var url = new BackupUrl(TargetUrl.Parse(target), volume, backup);
        Assert.Equal(text, url.ToString());
        var read = BackupUrl.ParseAny(text);
        Assert.Equal((volume, backup), (read.Volume, read.Backup));
        Assert.Equal(text, read.ToString());
        Assert.Equal(url.Target.Location, read.Target.Location);
    }

    [Fact]
    public void What_is_left_is_the_target_with_its_mount_options()
    {
        var url = BackupUrl.Parse("nfs://nas:/export?backup=backup-1&nfsOptions=soft%2Ctimeo%3D300&volume=vol1");
        Assert.Equal("nfs://nas:/export?nfsOptions=soft%2Ctimeo%3D300", url.Target.ToString());
        Assert.Equal(["soft", "timeo=300"], ((NfsTargetUrl)url.Target).Options);
    }

    [Theory]
    [InlineData(@"s3://b1@r/p?backup=backup-1\u0026volume=vol1")]
    [InlineData("s3://b1@r/p?backup=backup-1u0026volume=vol1")]
    [InlineData("s3://b1@r/p?volume=vol1u0026backup=backup-1")]
    [InlineData("s3://b1@r/p?volume=vol1&backup=backup-1")]
    public void An_ampersand_that_JSON_or_a_shell_changed_is_restored(string text) =>
        Assert.Equal(("vol1", "backup-1"), (BackupUrl.Parse(text).Volume, BackupUrl.Parse(text).Backup));

    [Theory]
    [InlineData("s3://b1@r/u0026volume=x?volume=vol1", "s3://b1@r/u0026volume=x", "vol1")]
    [InlineData("s3://b1@r/p?volume=au0026b", "s3://b1@r/p", "au0026b")]
    public void A_path_or_a_name_that_looks_like_one_stays_as_it_is(string text, string location, string volume) =>
        Assert.Equal((location, volume), (BackupUrl.Parse(text).Target.Location, BackupUrl.Parse(text).Volume));

    [Theory]
    [InlineData("s3://b1@r/p", "invalid volume name parsed, got : 's3://b1@r/p' names no volume. Add ?volume=NAME, or ?backup=NAME&volume=NAME.")]
    [InlineData("s3://b1@r/p?volume=", "invalid volume name parsed, got : 's3://b1@r/p' names no volume. Add ?volume=NAME, or ?backup=NAME&volume=NAME.")]
    [InlineData("s3://b1@r/p?volume=v", "invalid volume name parsed, got v: a name has 2 or more letters, digits, '_', '.' or '-'.")]
    [InlineData("s3://b1@r/p?volume=..%2Fx", "invalid volume name parsed, got ../x: a name has 2 or more letters, digits, '_', '.' or '-'.")]
    [InlineData("s3://b1@r/p?volume=vol1&backup=-x", "invalid backup name parsed, got -x: a name has 2 or more letters, digits, '_', '.' or '-'.")]
    [InlineData("s3://b1@r/p?backup=bk", "invalid volume name parsed, got : the URL names backup 'bk' but no volume. Add &volume=NAME.")]
    public void A_URL_without_a_valid_volume_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => BackupUrl.Parse(text)).Message);
}
