using Ankole.Core;

namespace Ankole.Nbd.Tests;

public sealed class NbdAddressTests
{
    [Theory]
    [InlineData("unix:/run/a b.sock", "/run/a b.sock", null, 0)]
    [InlineData("unix:relative", "relative", null, 0)]
    [InlineData("tcp:127.0.0.1:10809", null, "127.0.0.1", 10809)]
    [InlineData("tcp:[::1]:0", null, "::1", 0)]
    [InlineData("tcp:host.example:65535", null, "host.example", 65535)]
    public void An_address_survives_its_text_form(string text, string? path, string? host, int port)
    {
        var address = NbdAddress.Parse(text);
        Assert.Equal((path, host, port), (address.Path, address.Host, address.Port));
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("", "'' is not an NBD address. Write unix:PATH or tcp:HOST:PORT, as unix:/run/ankole.sock or tcp:127.0.0.1:10809.")]
    [InlineData("/run/s", "'/run/s' is not an NBD address. Write unix:PATH or tcp:HOST:PORT, as unix:/run/ankole.sock or tcp:127.0.0.1:10809.")]
    [InlineData("unix:", "an NBD unix address needs a path: unix:/run/ankole.sock.")]
    [InlineData("tcp:host", "'tcp:host' needs a port from 0 to 65535: write tcp:HOST:PORT, as tcp:127.0.0.1:10809.")]
    [InlineData("tcp:host:65536", "'tcp:host:65536' needs a port from 0 to 65535: write tcp:HOST:PORT, as tcp:127.0.0.1:10809.")]
    [InlineData("tcp::1", "'tcp::1' needs a host, an IPv6 one in brackets: write tcp:HOST:PORT, as tcp:[::1]:10809.")]
    [InlineData("tcp:::1:80", "'tcp:::1:80' needs a host, an IPv6 one in brackets: write tcp:HOST:PORT, as tcp:[::1]:10809.")]
    public void What_is_no_address_is_refused_with_the_form_that_is(string text, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputException>(() => NbdAddress.Parse(text)).Message);

    [Fact]
    public void A_path_longer_than_a_socket_may_have_is_refused()
    {
        var path = "/" + new string('x', 107);
        Assert.Equal($"'{path}' is too long for a unix socket: use a path of at most 107 bytes.", Assert.Throws<InvalidInputException>(() => NbdAddress.Unix(path)).Message);
        NbdAddress.Unix(path[..107]);
    }
}
