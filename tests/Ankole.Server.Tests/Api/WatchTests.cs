using System.Text.Json.Nodes;

namespace Ankole.Server.Tests.Api;

public sealed class WatchTests : ApiTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_watch_delivers_changes_as_lines()
    {
        var list = await Server.JsonAsync(200, "GET", Volumes);
        using var watch = await WatchAsync($"{Volumes}?watch=true&resourceVersion={list["metadata"]!["resourceVersion"]}");
        await CreateVolumeAsync("a-1");
        Assert.Equal("ADDED a-1", await watch.NextAsync());
        await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", """{"spec":{"size":"2147483648"}}""", "application/merge-patch+json");
        Assert.Equal("MODIFIED a-1", await watch.NextAsync());
        await Server.JsonAsync(200, "DELETE", Volumes + "/a-1");
        Assert.Equal("DELETED a-1", await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_without_a_version_begins_with_what_there_is()
    {
        await CreateVolumeAsync("a-1");
        using var watch = await WatchAsync(Volumes + "?watch=1&allowWatchBookmarks=true");
        Assert.Equal("ADDED a-1", await watch.NextAsync());
        Assert.StartsWith("BOOKMARK", await watch.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_up()
    {
        using var watch = await WatchAsync(Volumes + "?watch=true&timeoutSeconds=1");
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_of_one_name_sees_that_name_only()
    {
        await CreateVolumeAsync("a-1");
        using var watch = await WatchAsync(Volumes + "?watch=true&fieldSelector=metadata.name%3Da-2");
        await CreateVolumeAsync("a-2");
        Assert.Equal("ADDED a-2", await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_of_a_history_that_is_gone_says_that_it_is_gone()
    {
        using var watch = await WatchAsync(Volumes + "?watch=true&resourceVersion=999999");
        var line = await watch.NextLineAsync();
        Assert.Equal("ERROR", (string?)line!["type"]);
        Assert.Equal(410, (int?)line["object"]!["code"]);
        Assert.Equal("Expired", (string?)line["object"]!["reason"]);
        Assert.Null(await watch.NextLineAsync());
    }

    [Fact]
    public async Task A_watch_as_table_delivers_a_row_each_time()
    {
        using var watch = await WatchAsync(Volumes + "?watch=true", "application/json;as=Table;v=v1;g=meta.k8s.io");
        await CreateVolumeAsync("a-1");
        var line = await watch.NextLineAsync();
        Assert.Equal("Table", (string?)line!["object"]!["kind"]);
        Assert.Equal("a-1", (string?)line["object"]!["rows"]![0]!["cells"]![0]);
    }

    [Fact]
    public async Task A_watch_ends_when_the_server_stops()
    {
        var server = await ApiServer.StartAsync();
        using var response = await server.SendAsync("GET", Volumes + "?watch=true");
        var end = Task.Run(() => response.Content.ReadAsStringAsync(Token), Token);
        await server.DisposeAsync().AsTask().WaitAsync(Patience, Token);
        Assert.Equal("", await end.WaitAsync(Patience, Token));
    }

    private async Task<Lines> WatchAsync(string path, string? accept = null) => new(await Server.SendAsync("GET", path, change: request =>
    {
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
    }));

    private sealed class Lines(HttpResponseMessage response) : IDisposable
    {
        private StreamReader? reader;

        public async Task<JsonNode?> NextLineAsync()
        {
            Assert.Equal(200, (int)response.StatusCode);
            reader ??= new StreamReader(await response.Content.ReadAsStreamAsync(Token));
            return await reader.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token) is { } line ? JsonNode.Parse(line) : null;
        }

        public async Task<string?> NextAsync() => await NextLineAsync() is { } line ? $"{line["type"]} {line["object"]!["metadata"]!["name"]}" : null;

        public void Dispose()
        {
            reader?.Dispose();
            response.Dispose();
        }
    }
}
