using Ankole.Core;

namespace Ankole.Nbd.Tests;

public sealed class NbdUriTests
{
    /// <summary>The examples of the specification's "NBD URI export name", and more.</summary>
    [Theory]
    [InlineData("nbd://example.com/disk", "tcp:example.com:10809", "disk", false)]
    [InlineData("nbd+unix:///disk?socket=sock", "unix:sock", "disk", false)]
    [InlineData("nbd://example.com/", "tcp:example.com:10809", "", false)]
    [InlineData("nbd://example.com", "tcp:example.com:10809", "", false)]
    [InlineData("nbd://example.com//disk", "tcp:example.com:10809", "/disk", false)]
    [InlineData("nbd://example.com/hello%20world", "tcp:example.com:10809", "hello world", false)]
    [InlineData("nbds://example.com:1234/a/b", "tcp:example.com:1234", "a/b", true)]
    [InlineData("nbds+unix:///?socket=/run/x%20y.sock&tls-hostname=h", "unix:/run/x y.sock", "", true)]
    [InlineData("nbd://[::1]:99/x", "tcp:[::1]:99", "x", false)]
    [InlineData("nbd://[fe80::1]/%C3%9C", "tcp:[fe80::1]:10809", "Ü", false)]
    public void A_URI_names_an_address_an_export_and_whether_TLS_is_a_must(string text, string address, string export, bool tls)
    {
        var uri = NbdUri.Parse(text);
        Assert.Equal((address, export, tls), (uri.Address.ToString(), uri.ExportName, uri.RequiresTls));
        Assert.Equal(uri, NbdUri.Parse(uri.ToString()));
        Assert.True(NbdUri.HasScheme(text));
    }

    [Fact]
    public void TLS_parameters_are_read()
    {
        var uri = NbdUri.Parse("nbds+unix:///e?socket=/s&tls-type=x509&tls-hostname=store.example&tls-certificates=/etc/pki&tls-verify-peer=0");
        Assert.Equal(("store.example", false), (uri.TlsHostname, uri.VerifyPeer));
        Assert.Equal("nbds+unix:///e?socket=/s&tls-hostname=store.example&tls-certificates=/etc/pki&tls-verify-peer=0", uri.ToString());
    }

    [Theory]
    [InlineData("http://x/", "it must begin with nbd://, nbds://, nbd+unix:// or nbds+unix://")]
    [InlineData("nbd:x", "it must begin with nbd://, nbds://, nbd+unix:// or nbds+unix://")]
    [InlineData("nbd:///x", "the host is missing: write nbd://HOST[:PORT]/EXPORT")]
    [InlineData("nbd://:10809/x", "the host is missing: write nbd://HOST[:PORT]/EXPORT")]
    [InlineData("nbd://h:0/", "the port must be a number from 1 to 65535")]
    [InlineData("nbd://h:x/", "the port must be a number from 1 to 65535")]
    [InlineData("nbd://h:65536/", "the port must be a number from 1 to 65535")]
    [InlineData("nbd+unix:///x", "the socket is missing: write nbd+unix:///EXPORT?socket=PATH")]
    [InlineData("nbd+unix:///x?socket=", "the socket is missing: write nbd+unix:///EXPORT?socket=PATH")]
    [InlineData("nbd+unix://run/s", "a unix socket has no host 'run': write nbd+unix:///EXPORT?socket=PATH with three slashes")]
    [InlineData("nbd://h/x?socket=/s", "the parameter 'socket=/s' is not understood")]
    [InlineData("nbds://u@h/x", "user names belong to TLS with pre-shared keys, which is not supported: leave out what stands before '@'")]
    [InlineData("nbds://h/x?tls-type=psk", "tls-type=psk is not supported: only x509 is")]
    [InlineData("nbd://h/x%2", "a '%' must be followed by two hex digits")]
    [InlineData("nbd://h/x%00", "the export name must have at most 4096 bytes and no NUL")]
    [InlineData("nbd://h/x#y", "a '#' fragment means nothing here; write %23 for the character")]
    public void What_is_no_NBD_URI_is_refused_with_the_reason(string text, string why) =>
        Assert.Equal($"'{text}' is not an NBD URI: {why}.", Assert.Throws<InvalidInputException>(() => NbdUri.Parse(text)).Message);
}
