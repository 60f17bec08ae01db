using System.Net;
using System.Net.Sockets;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Tests.Api;

public sealed class ApiClientTests
{
    private static readonly ResourceKey Data = new(Kinds.Volume, null, "data");

    [Fact]
    public async Task Where_nothing_listens_the_error_says_how_to_start_it()
    {
        using var silent = SilentPort(out var address);
        var error = await Assert.ThrowsAsync<AnkoleException>(() => GetAsync(new ApiAccess(address) { StartHint = "Start it." }));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Matches(@"\Anothing listens at http://127\.0\.0\.1:\d+\. Start it\.\z", error.Message);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_on()
    {
        await using var server = new RawServer(null);
        var error = await Assert.ThrowsAsync<AnkoleException>(() => GetAsync(new ApiAccess(server.Address) { RequestTimeout = TimeSpan.FromMilliseconds(300) }));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains("was not answered within", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "<html>no such page</html>", ErrorKind.NotFound, "was answered with 404: <html>no such page</html>. Is this the address of an Ankole server?")]
    [InlineData(401, "", ErrorKind.Unavailable, "was answered with 401. The token is missing or wrong: name the file that holds it.")]
    [InlineData(500, "{\"kind\":\"Status\",\"message\":\"the disk is gone.\",\"code\":500}", ErrorKind.Failed, "the disk is gone.")]
    [InlineData(503, "{\"kind\":\"Status\",\"message\":\"starting.\",\"reason\":\"ServiceUnavailable\",\"code\":503}", ErrorKind.Unavailable, "starting.")]
    [InlineData(403, "{\"kind\":\"Status\",\"message\":\"not yours.\",\"reason\":\"Forbidden\",\"code\":403}", ErrorKind.Refused, "not yours.")]
    public async Task An_answer_that_is_an_error_keeps_its_words(int code, string body, ErrorKind kind, string message)
    {
        await using var server = new RawServer(RawServer.Answer(code, body));
        var error = await Assert.ThrowsAsync<RemoteApiException>(() => GetAsync(new ApiAccess(server.Address)));
        Assert.Equal(kind, error.Kind);
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_mistake_that_the_server_names_is_told()
    {
        await using var server = new RawServer(RawServer.Answer(422, """
            {"kind":"Status","code":422,"reason":"Invalid","message":"Volume 'data' is invalid","details":{"causes":[
              {"reason":"FieldValueInvalid","field":"spec.size","message":"'x' is no size."},{"reason":"FieldValueRequired","field":"metadata.name","message":"a name is needed."}]}}
            """));
        using var client = new ApiClient(new ApiAccess(server.Address));
        var store = new HttpResourceStore(client, TimeProvider.System);
        var error = await Assert.ThrowsAsync<InvalidResourceException>(() =>
            store.CreateAsync(new VolumeResource { Metadata = new ObjectMeta { Name = "data" } }, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(["spec.size", "metadata.name"], error.Errors.Select(mistake => mistake.Field));
        Assert.Equal([FieldErrorKind.Invalid, FieldErrorKind.Required], error.Errors.Select(mistake => mistake.Kind));
        Assert.Equal("Volume 'data' is invalid:\n  spec.size: 'x' is no size.\n  metadata.name: a name is needed.", MistakesText.Of(error));
    }

    [Fact]
    public async Task A_watch_gives_up_on_a_server_that_stays_away()
    {
        using var silent = SilentPort(out var address);
        using var client = new ApiClient(new ApiAccess(address) { ReconnectPatience = TimeSpan.FromMilliseconds(500) });
        var store = new HttpResourceStore(client, TimeProvider.System);
        var error = await Assert.ThrowsAsync<AnkoleException>(async () =>
        {
            await foreach (var _ in store.WatchAsync(new ResourceQuery(Kinds.Volume), "1", TestContext.Current.CancellationToken))
            {
            }
        });
        Assert.StartsWith("nothing listens at", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_whose_history_is_gone_says_so()
    {
        await using var server = new RawServer(RawServer.Answer(200, """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}""" + "\n"));
        using var client = new ApiClient(new ApiAccess(server.Address));
        var store = new HttpResourceStore(client, TimeProvider.System);
        await Assert.ThrowsAsync<ResourceExpiredException>(async () =>
        {
            await foreach (var _ in store.WatchAsync(new ResourceQuery(Kinds.Volume), "1", TestContext.Current.CancellationToken))
            {
            }
        });
    }

    private static async Task GetAsync(ApiAccess server)
    {
        using var client = new ApiClient(server);
        await new HttpResourceStore(client, TimeProvider.System).GetAsync(Data, TestContext.Current.CancellationToken);
    }

    /// <summary>A port that is taken, so that nobody else comes to listen there, and refuses every connection.</summary>
    private static Socket SilentPort(out Uri address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        address = new Uri($"http://{socket.LocalEndPoint}");
        return socket;
    }
}
