using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class NfsSettingsTests
{
    [Fact]
    public void The_URL_says_where_and_its_options_say_how()
    {
        var client = From("nfs://[fd00::1]:/export/deep/er?nfsOptions=port=2050,timeo=150,retrans=4,wsize=65536,uid=1000,gid=100").Client;
        Assert.Equal(("fd00::1", 2050, "/export/deep/er"), (client.Server, client.Port, client.ExportPath));
        Assert.Equal((TimeSpan.FromSeconds(15), 4, 65536), (client.Timeout, client.Retransmissions, client.WriteBytes));
        Assert.Equal((1000u, 100u), (client.Credential.UserId, client.Credential.GroupId));
    }

    [Fact]
    public async Task An_option_without_effect_is_noted_by_name_and_one_that_has_effect_is_not()
    {
        await using var store = Open("nfs://nas:/export?nfsOptions=soft,timeo=300,retry=2");
        Assert.Equal(["nfsOptions: 'soft', 'retry=2' have no effect without a kernel mount."], store.Notes);
        await using var plain = Open("nfs://nas:/export");
        Assert.Empty(plain.Notes);
    }

    [Theory]
    [InlineData("hard", "'hard' would wait for a dead server for ever")]
    [InlineData("vers=3", "'vers=3' is not spoken here")]
    [InlineData("sec=krb5", "'sec=krb5' is not supported")]
    [InlineData("mount=kernel", "mount -t nfs4 -o soft,timeo=300 nas:/export /mnt/backups, and use file:///mnt/backups")]
    public void An_option_that_cannot_be_had_is_refused_before_anything_is_sent(string option, string message) => Assert.Contains(
        message, Assert.Throws<InvalidInputException>(() => Open($"nfs://nas:/export?nfsOptions={option}")).Message, StringComparison.Ordinal);

    private static NfsSettings From(string url) => NfsSettings.From((NfsTargetUrl)TargetUrl.Parse(url), new ObjectStoreOptions());

    private static IObjectStore Open(string url) => ObjectStores.Open(TargetUrl.Parse(url), TargetCredentials.None, new ObjectStoreOptions());
}
