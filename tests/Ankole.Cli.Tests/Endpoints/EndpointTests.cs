using Ankole.Core;

namespace Ankole.Cli.Tests.Endpoints;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("replica:/srv/v", "/srv/v", null)]
    [InlineData("replica:/srv/v@daily-1", "/srv/v", "daily-1")]
    [InlineData("replica:/srv/a@b/v", "/srv/a@b/v", null)]
    [InlineData("replica:/srv/a@b/v@s1", "/srv/a@b/v", "s1")]
    public void A_replica_is_a_directory_and_perhaps_a_snapshot(string text, string directory, string? snapshot) =>
        Assert.Equal(new Endpoint.ReplicaEndpoint(directory, snapshot), Endpoint.Parse(text));

    [Theory]
    [InlineData("nbd://localhost:10809/disk")]
    [InlineData("nbd+unix:///disk?socket=/run/nbd.sock")]
    public void An_NBD_URI_is_an_export(string text) => Assert.Equal(new Endpoint.NbdEndpoint(text), Endpoint.Parse(text));

    [Fact]
    public void Anything_else_is_a_path() => Assert.Equal(new Endpoint.RawImageEndpoint("disk.img"), Endpoint.Parse("disk.img"));

    [Theory]
    [InlineData("iscsi://host/lun", "'iscsi://host/lun' is no source or destination: use a path, nbd://HOST:PORT/EXPORT, nbd+unix:///EXPORT?socket=PATH, or replica:DIR[@SNAPSHOT].")]
    [InlineData("", "a source or destination is empty: name a file, a block device, an nbd:// URI, or replica:DIR[@SNAPSHOT].")]
    [InlineData("replica:", "'replica:' names no directory: write replica:DIR or replica:DIR@SNAPSHOT.")]
    [InlineData("replica:/v@x", "invalid snapshot name 'x': use 2 to 200 letters, digits, '_', '.' or '-', beginning with a letter or digit.")]
    public void What_names_nothing_is_refused(string text, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => Endpoint.Parse(text)).Message);
}
