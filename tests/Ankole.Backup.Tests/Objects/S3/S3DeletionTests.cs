using Ankole.Core;

namespace Ankole.Backup.Tests;

public sealed class S3DeletionTests : IAsyncDisposable
{
    private static readonly ObjectStoreOptions Quick = new() { FirstPause = TimeSpan.FromMilliseconds(2), MaxAttempts = 3 };

    private readonly FakeS3Server server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_thousand_keys_go_into_one_request()
    {
        await using var store = server.Open(Quick);
        var keys = Enumerable.Range(0, 2500).Select(i => $"b{i}").ToList();
        foreach (var key in keys)
            server.Objects[$"/bucket/path/{key}"] = [];
        await store.DeleteAsync(keys, Token);
        Assert.Empty(server.Objects);
        Assert.Equal(3, store.Requests.Snapshot().Delete);
    }

    [Theory]
    [InlineData(501, "NotImplemented")]
    [InlineData(405, "MethodNotAllowed")]
    [InlineData(400, "MalformedXML")]
    public async Task A_server_without_batches_gets_single_deletes_from_then_on(int status, string code)
    {
        server.Script = (request, _) => request.IsBatchDelete ? FakeReply.Error(status, code) : null;
        await using var store = server.Open(Quick);
        server.Objects["/bucket/path/a"] = server.Objects["/bucket/path/b"] = [];
        await store.DeleteAsync(["a", "b"], Token);
        await store.DeleteAsync(["c", "d"], Token);
        Assert.Empty(server.Objects);
        Assert.Single(server.Requests, request => request.IsBatchDelete);
        Assert.Equal(4, server.Requests.Count(request => request.Method == "DELETE"));
    }

    [Fact]
    public async Task An_error_in_a_200_is_not_taken_for_success()
    {
        server.Script = (_, _) => FakeReply.Error(200, "InternalError", "We encountered an internal error. Please try again.");
        await using var store = server.Open(Quick);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["a", "b"], Token));
    }

    [Fact]
    public async Task A_reply_that_names_no_key_deletes_none()
    {
        server.Script = (_, _) => FakeReply.Xml(200, "<DeleteResult></DeleteResult>");
        await using var store = server.Open(Quick);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["a", "b"], Token));
        Assert.Equal(
            "cannot delete 'a', 'b' in s3://bucket@us-east-1/path/: the server's answer does not say what became of 2 of the keys (tried 3 times).", error.Message);
    }

    [Fact]
    public async Task A_key_that_is_refused_is_named_and_the_others_are_deleted()
    {
        server.Script = (request, _) => !request.IsBatchDelete ? null : FakeReply.Xml(200,
            "<DeleteResult><Deleted><Key>path/a</Key></Deleted><Error><Key>path/b</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>");
        await using var store = server.Open(Quick);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["a", "b"], Token));
        Assert.Equal(
            "cannot delete 'b' in s3://bucket@us-east-1/path/: the server refused it (AccessDenied): the user needs s3:DeleteObject on the bucket's objects, " +
            "and the bucket's object lock, if it has one, must have run out.", error.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Of_many_refused_keys_some_are_named_and_the_rest_is_counted()
    {
        server.Script = (request, _) => request.Method == "DELETE" ? FakeReply.Error(403, "AccessDenied") : FakeReply.Error(501, "NotImplemented");
        await using var store = server.Open(Quick);
        var error = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync([.. Enumerable.Range(0, 7).Select(i => $"k{i}")], Token));
        Assert.Equal(
            "7 objects could not be deleted: 'k0', 'k1', 'k2', 'k3', 'k4' and 2 more. The first: cannot delete 'k0' in s3://bucket@us-east-1/path/: " +
            "the server refused it (AccessDenied): the user needs s3:DeleteObject on the bucket's objects.", error.Message);
    }

    [Fact]
    public async Task A_key_that_failed_for_a_moment_is_asked_for_again_alone()
    {
        server.Script = (_, number) => number == 1
            ? FakeReply.Xml(200, "<DeleteResult><Deleted><Key>path/a</Key></Deleted><Error><Key>path/b</Key><Code>InternalError</Code><Message>x</Message></Error></DeleteResult>")
            : null;
        await using var store = server.Open(Quick);
        await store.DeleteAsync(["a", "b"], Token);
        Assert.Equal(2, server.Requests.Count);
        Assert.DoesNotContain("<Key>path/a</Key>", System.Text.Encoding.UTF8.GetString(server.Requests.Last().Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_bucket_is_no_successful_deletion()
    {
        server.Script = (_, _) => FakeReply.Error(404, "NoSuchBucket");
        await using var store = server.Open(Quick);
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["a"], Token));
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["a", "b"], Token));
    }
}
