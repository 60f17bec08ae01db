using System.Net.Sockets;
using Ankole.Core;
using Ankole.Testing;

namespace Ankole.Nbd.Tests;

public sealed class ListenerTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ankole-nbd-");

    private static NbdExport[] Exports => [new("disk", new MemoryBlockDevice(4096))];

    [Fact]
    public async Task A_unix_socket_is_its_owners_alone_and_goes_away_with_the_server()
    {
        var path = PathOf("s");
        await using (await NbdServer.StartAsync(NbdAddress.Unix(path), Exports))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_socket_that_a_killed_server_left_is_replaced()
    {
        var path = PathOf("stale");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + "2"); // .NET removes the file it bound; a killed process does not.
        }
        File.Move(path + "2", path);
        await using var server = await NbdServer.StartAsync(NbdAddress.Unix(path), Exports);
        using var client = RawClient.Connect(path).Go();
    }

    [Fact]
    public async Task A_socket_on_which_somebody_listens_is_left_alone()
    {
        var path = PathOf("busy");
        await using var first = await NbdServer.StartAsync(NbdAddress.Unix(path), Exports);
        var error = await Assert.ThrowsAsync<AnkoleException>(async () => await NbdServer.StartAsync(NbdAddress.Unix(path), Exports));
        Assert.Equal((ErrorKind.Busy, $"cannot listen on unix:{path}: another server listens there. Stop it or choose another path."), (error.Kind, error.Message));
        using var client = RawClient.Connect(path).Go();
    }

    [Fact]
    public async Task A_file_in_the_way_is_not_removed()
    {
        var path = PathOf("file");
        await File.WriteAllTextAsync(path, "precious");
        var error = await Assert.ThrowsAsync<AnkoleException>(async () => await NbdServer.StartAsync(NbdAddress.Unix(path), Exports));
        Assert.Equal(ErrorKind.Refused, error.Kind);
        Assert.Equal("precious", await File.ReadAllTextAsync(path));
        await Assert.ThrowsAsync<AnkoleException>(async () => await NbdServer.StartAsync(NbdAddress.Unix(directory.FullName), Exports));
    }

    [Fact]
    public async Task A_directory_that_does_not_exist_is_an_error_that_names_the_path()
    {
        var error = await Assert.ThrowsAsync<AnkoleException>(
            async () => await NbdServer.StartAsync(NbdAddress.Unix(PathOf("no/such/s")), Exports));
        Assert.StartsWith($"cannot listen on unix:{PathOf("no/such/s")}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_TCP_stays_on_the_loopback_interface_unless_it_is_allowed_to_leave()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(async () => await NbdServer.StartAsync(NbdAddress.Parse("tcp:0.0.0.0:0"), Exports));
        Assert.Equal(
            "tcp:0.0.0.0:0 would offer the data to the network without TLS. Give a certificate, listen on a loopback address, or allow plain TCP explicitly.",
            error.Message);
        await using var allowed = await NbdServer.StartAsync(NbdAddress.Parse("tcp:0.0.0.0:0"), Exports, new NbdServerOptions { AllowPlainTcp = true });
        await using var local = await NbdServer.StartAsync(NbdAddress.Parse("tcp:127.0.0.1:0"), Exports);
        Assert.NotEqual(0, local.Address.Port);
        await using var client = await NbdClient.ConnectAsync(local.Address.ToUri("disk"));
        Assert.Equal(4096, client.SizeBytes);
    }

    [Fact]
    public async Task A_taken_port_is_busy()
    {
        await using var first = await NbdServer.StartAsync(NbdAddress.Parse("tcp:127.0.0.1:0"), Exports);
        var error = await Assert.ThrowsAsync<AnkoleException>(async () => await NbdServer.StartAsync(first.Address, Exports));
        Assert.Equal(ErrorKind.Busy, error.Kind);
    }

    [Fact]
    public async Task Two_exports_of_one_name_are_refused()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(
            async () => await NbdServer.StartAsync(NbdAddress.Unix(PathOf("s")), [.. Exports, .. Exports]));
        Assert.Equal("two exports have the name 'disk': give each its own.", error.Message);
    }

    public void Dispose() => directory.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(directory.FullName, name);
}
