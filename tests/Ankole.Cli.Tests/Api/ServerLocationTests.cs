using Ankole.Cli.Api;
using Ankole.Core;

namespace Ankole.Cli.Tests.Api;

public sealed class ServerLocationTests : IDisposable
{
    private readonly string first = Directory.CreateTempSubdirectory("ankole-first").FullName;
    private readonly string second = Directory.CreateTempSubdirectory("ankole-second").FullName;

    public void Dispose()
    {
        Directory.Delete(first, recursive: true);
        Directory.Delete(second, recursive: true);
    }

    [Fact]
    public void A_running_daemon_is_found_by_the_files_in_its_data_folder()
    {
        Keep(second, "http://127.0.0.1:4711", "the-token");
        var server = ServerLocation.Find(new ServerChoice(null, null, null, null), [first, second]);
        Assert.Equal("http://127.0.0.1:4711", server.ToString());
        Assert.Equal("the-token", server.Token);
    }

    [Fact]
    public void A_data_folder_that_is_named_is_the_only_one_looked_into()
    {
        Keep(second, "http://127.0.0.1:4711", "the-token");
        var error = Assert.Throws<AnkoleException>(() => ServerLocation.Find(new ServerChoice(null, null, null, first), [second]));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Equal($"no server is known: there is no file 'address' of a running daemon in {first}. Start it with './run' or 'systemctl start ankoled', or name another server with --server URL.", error.Message);
    }

    [Fact]
    public void The_data_folders_token_is_not_sent_to_another_host()
    {
        Keep(first, "http://127.0.0.1:4711", "the-token");
        var error = Assert.Throws<InvalidInputException>(() => ServerLocation.Find(new ServerChoice("https://elsewhere.example:9500", null, null, null), [first]));
        Assert.Contains("--token-file", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A daemon that listens on all addresses names its host, and shows the certificate that it was given rather than its own.</summary>
    [Fact]
    public void An_address_in_the_data_folder_gets_the_token_beside_it_whatever_host_it_names()
    {
        Keep(first, "https://this-host.example:7420", "the-token");
        File.WriteAllText(Path.Combine(first, "tls.crt"), "of loopback");
        var server = ServerLocation.Find(new ServerChoice(null, null, null, null), [first]);
        Assert.Equal(("https://this-host.example:7420", "the-token", (string?)null), (server.ToString(), server.Token, server.AuthorityFile));
    }

    [Fact]
    public void A_token_goes_to_another_host_by_TLS_only()
    {
        var file = Path.Combine(first, "mine");
        File.WriteAllText(file, "other-token\n");
        Assert.Equal("other-token", ServerLocation.Find(new ServerChoice("https://elsewhere.example:9500", file, null, null), [first]).Token);
        var error = Assert.Throws<InvalidInputException>(() => ServerLocation.Find(new ServerChoice("http://elsewhere.example:9500", file, null, null), [first]));
        Assert.Contains("https://", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_on_this_host_that_is_named_gets_the_data_folders_token()
    {
        Keep(first, "http://127.0.0.1:4711", "the-token");
        var server = ServerLocation.Find(new ServerChoice("127.0.0.1:9500", null, null, null), [first]);
        Assert.Equal(("http://127.0.0.1:9500", "the-token"), (server.ToString(), server.Token));
    }

    [Theory]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://")]
    [InlineData("http://user:secret@127.0.0.1:80")]
    public void An_address_that_is_none_is_refused(string address) =>
        Assert.Throws<InvalidInputException>(() => ServerLocation.Find(new ServerChoice(address, null, null, null), [first]));

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    public void A_token_file_without_a_token_is_refused_and_not_shown(string content)
    {
        var file = Path.Combine(first, "mine");
        File.WriteAllText(file, content);
        var error = Assert.Throws<InvalidInputException>(() => ServerLocation.Find(new ServerChoice("127.0.0.1:9500", file, null, null), [first]));
        Assert.Equal($"'{file}' holds no token: it should be one line of text.", error.Message);
    }

    [Fact]
    public void A_token_file_that_is_named_must_exist() =>
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<AnkoleException>(() => ServerLocation.Find(new ServerChoice("127.0.0.1:1", "/no/such/file", null, null), [first])).Kind);

    private static void Keep(string folder, string address, string token)
    {
        File.WriteAllText(Path.Combine(folder, "address"), address + "\n");
        File.WriteAllText(Path.Combine(folder, "token"), token + "\n");
    }
}
