using Ankole.Core;

namespace Ankole.Backup.Tests;

/// <summary>Listings of servers that lie: what is listed decides what is deleted, so a contradiction ends the listing.</summary>
public sealed class S3ListingTests : IAsyncDisposable
{
    private static readonly ObjectStoreOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(2), MaxAttempts = 3 };

    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Pages_follow_each_other_by_their_tokens()
    {
        server.Script = (request, _) => request.Query.GetValueOrDefault("continuation-token") switch
        {
            null => FakeS3Server.Listing([("path/a", 1)], next: "one"),
            "one" => FakeS3Server.Listing([], next: "two"),
            _ => FakeS3Server.Listing([("path/b", 2)]),
        };
        Assert.Equal([("a", 1L), ("b", 2L)], (await ListAsync()).Select(entry => (entry.Key, entry.Length)));
        Assert.All(server.Requests, request => Assert.Equal(("1000", "path%2F", "2", "url"),
            (request.Query["max-keys"], request.Query["prefix"], request.Query["list-type"], request.Query["encoding-type"])));
    }

    [Fact]
    public Task A_token_that_leads_back_ends_the_listing() => FailsAsync(
        (_, number) => FakeS3Server.Listing([($"path/{number}", 1)], next: number % 2 == 0 ? "one" : "two"),
        "the server leads back to a page it gave before");

    [Fact]
    public Task The_same_page_under_new_tokens_ends_the_listing() => FailsAsync(
        (_, number) => FakeS3Server.Listing([("path/a", 1)], next: $"t{number}"), "the server gives the same page again and again");

    [Fact]
    public Task Empty_pages_without_end_end_the_listing() => FailsAsync(
        (_, number) => FakeS3Server.Listing([], next: $"t{number}"), "the server gave 1001 empty pages in a row");

    [Fact]
    public Task More_without_a_token_ends_the_listing() => FailsAsync(
        (_, _) => FakeReply.Xml(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"), "the server says that there is more but not where");

    [Theory]
    [InlineData("other/a")]
    [InlineData("pat")]
    [InlineData("Path/a")]
    public Task A_key_outside_the_prefix_ends_the_listing(string key) => FailsAsync(
        (_, _) => FakeS3Server.Listing([(key, 1)]), $"the server gives '{key}', which is not below it");

    [Fact]
    public async Task A_page_that_is_cut_off_is_asked_for_again()
    {
        server.Objects["/bucket/path/a"] = [1];
        server.Script = (request, number) => number == 1 ? server.Answer(request) with { CloseAfter = 60 } : null;
        Assert.Equal("a", Assert.Single(await ListAsync()).Key);
    }

    [Fact]
    public async Task An_answer_that_is_no_listing_is_never_an_empty_one()
    {
        server.Script = (_, _) => new FakeReply(200, "<html><body>Welcome</body></html>"u8.ToArray());
        await Assert.ThrowsAnyAsync<ObjectStoreException>(ListAsync);
        server.Script = (_, _) => new FakeReply(200, []);
        await Assert.ThrowsAnyAsync<ObjectStoreException>(ListAsync);
    }

    [Fact]
    public async Task A_listing_that_breaks_in_the_middle_is_an_error()
    {
        server.Script = (_, number) => number == 1 ? FakeS3Server.Listing([("path/a", 1)], next: "one") : FakeReply.Error(500, "InternalError");
        var error = await Assert.ThrowsAsync<ObjectStoreException>(ListAsync);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Keys_are_decoded_only_when_the_server_says_that_it_encoded_them()
    {
        server.Script = (_, _) => FakeReply.Xml(200,
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>path/a%20b+c%2B%C3%A9</Key><Size>1</Size></Contents></ListBucketResult>");
        Assert.Equal("a b c+é", Assert.Single(await ListAsync()).Key);
        server.Script = (_, _) => FakeS3Server.Listing([("path/a%20b+c", 1)]);
        Assert.Equal("a%20b+c", Assert.Single(await ListAsync()).Key);
    }

    [Fact]
    public async Task Folder_markers_and_hidden_names_are_left_out()
    {
        server.Script = (_, _) => FakeS3Server.Listing([("path/", 0), ("path/folder/", 0), ("path/.hidden", 1), ("path/a/.nfs1", 1), ("path/a/b", 1)]);
        Assert.Equal("a/b", Assert.Single(await ListAsync()).Key);
    }

    private async Task FailsAsync(Func<FakeRequest, int, FakeReply?> script, string what)
    {
        server.Script = script;
        var error = await Assert.ThrowsAsync<ObjectStoreException>(ListAsync);
        Assert.Equal(ErrorKind.Damaged, error.Kind);
        Assert.Equal($"the listing of '' in s3://bucket@us-east-1/path/ cannot be trusted: {what}. Nothing that depends on it was done.", error.Message);
    }

    private async Task<List<ObjectEntry>> ListAsync()
    {
        await using var store = server.Open(Quick);
        return await store.ListAsync("", Token).ToListAsync(Token);
    }
}
