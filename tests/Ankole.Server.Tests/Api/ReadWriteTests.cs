using System.Text.Json.Nodes;

namespace Ankole.Server.Tests.Api;

public sealed class ReadWriteTests : ApiTests
{
    [Fact]
    public async Task A_resource_is_created_read_replaced_and_deleted()
    {
        var created = await CreateVolumeAsync("a-1");
        Assert.Equal("Volume", (string?)created["kind"]);
        Assert.NotNull(created["metadata"]!["uid"]);

        var read = await Server.JsonAsync(200, "GET", Volumes + "/a-1");
        Assert.True(JsonNode.DeepEquals(created, read), read.ToJsonString());

        read["spec"]!["size"] = "2147483648";
        var replaced = await Server.JsonAsync(200, "PUT", Volumes + "/a-1", read.ToJsonString());
        Assert.Equal("2147483648", (string?)replaced["spec"]!["size"]);
        Assert.Equal(2, (int?)replaced["metadata"]!["generation"]);

        var gone = await Server.JsonAsync(200, "DELETE", Volumes + "/a-1");
        Assert.Equal("Success", (string?)gone["status"]);
        Assert.Equal((string?)created["metadata"]!["uid"], (string?)gone["details"]!["uid"]);
        await Server.JsonAsync(404, "GET", Volumes + "/a-1");
    }

    [Fact]
    public async Task Failures_are_told_as_a_status()
    {
        var missing = await Server.JsonAsync(404, "GET", Volumes + "/none");
        Assert.Equal("Status", (string?)missing["kind"]);
        Assert.Equal("Failure", (string?)missing["status"]);
        Assert.Equal("NotFound", (string?)missing["reason"]);
        Assert.Equal("volumes.ankole.io \"none\" not found", (string?)missing["message"]);
        Assert.Equal("none", (string?)missing["details"]!["name"]);

        await CreateVolumeAsync("a-1");
        Assert.Equal("AlreadyExists", (string?)(await Server.JsonAsync(409, "POST", Volumes, Volume("a-1")))["reason"]);
        Assert.Equal("NotFound", (string?)(await Server.JsonAsync(404, "GET", "/apis/ankole.io/v1beta1/nothings"))["reason"]);
        Assert.Equal("MethodNotAllowed", (string?)(await Server.JsonAsync(405, "PUT", Volumes, "{}"))["reason"]);
        Assert.Equal("UnsupportedMediaType", (string?)(await Server.JsonAsync(415, "POST", Volumes, "a: b", "application/yaml"))["reason"]);
        Assert.Equal("BadRequest", (string?)(await Server.JsonAsync(400, "POST", Volumes, "{"))["reason"]);
        Assert.Equal("NotAcceptable", (string?)(await Server.JsonAsync(406, "GET", Volumes, accept: "application/xml"))["reason"]);
    }

    [Fact]
    public async Task An_old_version_is_a_conflict()
    {
        var created = await CreateVolumeAsync("a-1");
        var changed = created.DeepClone();
        changed["spec"]!["size"] = "2147483648";
        await Server.JsonAsync(200, "PUT", Volumes + "/a-1", changed.ToJsonString());
        changed["spec"]!["size"] = "3221225472";
        Assert.Equal("Conflict", (string?)(await Server.JsonAsync(409, "PUT", Volumes + "/a-1", changed.ToJsonString()))["reason"]);
    }

    [Fact]
    public async Task Every_mistake_is_told_at_once_with_its_field()
    {
        var body = """{"metadata":{"name":"Bad_Name!","labels":{"a b":"c"}},"spec":{"size":"lots","numberOfReplicas":-1}}""";
        var status = await Server.JsonAsync(422, "POST", Volumes, body);
        Assert.Equal("Invalid", (string?)status["reason"]);
        var fields = status["details"]!["causes"]!.AsArray().Select(cause => (string?)cause!["field"]).ToList();
        Assert.Contains("metadata.name", fields);
        Assert.Contains("metadata.labels", fields);
        Assert.Contains("spec.size", fields);
        Assert.Contains("spec.numberOfReplicas", fields);
    }

    [Fact]
    public async Task Values_of_wrong_types_are_told_all_at_once()
    {
        var body = """{"metadata":{"name":"a-1"},"spec":{"size":5,"numberOfReplicas":"one","standby":"no","recurringJobs":{}}}""";
        var status = await Server.JsonAsync(422, "POST", Volumes, body);
        Assert.Equal(4, status["details"]!["causes"]!.AsArray().Count);
    }

    [Fact]
    public async Task Unknown_fields_are_a_warning_or_with_strict_validation_an_error_that_names_them_all()
    {
        var body = """{"metadata":{"name":"a-1","managedFields":[]},"spec":{"size":"1073741824","numberOfReplicas":1,"sise":"1","nope":true}}""";
        var strict = await Server.JsonAsync(400, "POST", Volumes + "?fieldValidation=Strict", body);
        Assert.Equal("strict decoding error: unknown field \"spec.sise\", unknown field \"spec.nope\"", (string?)strict["message"]);

        using var response = await Server.SendAsync("POST", Volumes, body);
        Assert.Equal(201, (int)response.StatusCode);
        Assert.Equal(["299 - \"unknown field \\\"spec.sise\\\"\"", "299 - \"unknown field \\\"spec.nope\\\"\""], response.Headers.GetValues("Warning"));
        using var ignored = await Server.SendAsync("POST", Volumes + "?fieldValidation=Ignore", body.Replace("a-1", "a-2", StringComparison.Ordinal));
        Assert.False(ignored.Headers.Contains("Warning"));
    }

    [Fact]
    public async Task A_dry_run_answers_and_changes_nothing()
    {
        var created = await Server.JsonAsync(201, "POST", Volumes + "?dryRun=All", Volume("a-1"));
        Assert.Equal("a-1", (string?)created["metadata"]!["name"]);
        await Server.JsonAsync(404, "GET", Volumes + "/a-1");
        await Server.JsonAsync(422, "POST", Volumes + "?dryRun=All", Volume("a-1", "lots"));

        var real = await CreateVolumeAsync("a-2");
        var patched = await Server.JsonAsync(200, "PATCH", Volumes + "/a-2?dryRun=All", """{"spec":{"size":"2147483648"}}""", "application/merge-patch+json");
        Assert.Equal("2147483648", (string?)patched["spec"]!["size"]);
        await Server.JsonAsync(200, "DELETE", Volumes + "/a-2?dryRun=All");
        Assert.True(JsonNode.DeepEquals(real, await Server.JsonAsync(200, "GET", Volumes + "/a-2")));
    }

    [Fact]
    public async Task Status_is_written_through_its_own_path_only()
    {
        await CreateVolumeAsync("a-1");
        const string patch = """{"status":{"state":"attached"},"spec":{"size":"2147483648"}}""";
        var main = await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", patch, "application/merge-patch+json");
        Assert.Null(main["status"]!["state"]);
        Assert.Equal("2147483648", (string?)main["spec"]!["size"]);
        var status = await Server.JsonAsync(200, "PATCH", Volumes + "/a-1/status", """{"status":{"state":"attached"},"spec":{"size":"1"}}""", "application/merge-patch+json");
        Assert.Equal("attached", (string?)status["status"]!["state"]);
        Assert.Equal("2147483648", (string?)status["spec"]!["size"]);
        await Server.JsonAsync(404, "GET", "/api/v1/namespaces/default/secrets/a/status");
    }

    [Fact]
    public async Task A_resource_with_finalizers_is_answered_while_it_goes()
    {
        var body = JsonNode.Parse(Volume("a-1"))!;
        body["metadata"]!["finalizers"] = new JsonArray("example.org/hold");
        await Server.JsonAsync(201, "POST", Volumes, body.ToJsonString());
        var going = await Server.JsonAsync(200, "DELETE", Volumes + "/a-1");
        Assert.NotNull(going["metadata"]!["deletionTimestamp"]);
        await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        await Server.JsonAsync(404, "GET", Volumes + "/a-1");
    }

    [Fact]
    public async Task A_deletion_holds_to_its_preconditions()
    {
        await CreateVolumeAsync("a-1");
        await Server.JsonAsync(409, "DELETE", Volumes + "/a-1", """{"preconditions":{"uid":"another"}}""");
        await Server.JsonAsync(200, "GET", Volumes + "/a-1");
    }

    [Fact]
    public async Task Orphaned_resources_stay_without_their_owner()
    {
        var owner = await CreateVolumeAsync("owner");
        var owned = JsonNode.Parse(Volume("owned"))!;
        owned["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "ankole.io/v1beta1", ["kind"] = "Volume", ["name"] = "owner", ["uid"] = (string?)owner["metadata"]!["uid"],
        });
        await Server.JsonAsync(201, "POST", Volumes, owned.ToJsonString());
        await Server.JsonAsync(200, "DELETE", Volumes + "/owner?propagationPolicy=Orphan");
        Assert.Null((await Server.JsonAsync(200, "GET", Volumes + "/owned"))["metadata"]!["ownerReferences"]);
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        for (var i = 0; i < 5; i++)
            await CreateVolumeAsync($"v-{i}", i % 2 == 0 ? """{"app":"web"}""" : "{}");
        var deleted = await Server.JsonAsync(200, "DELETE", Volumes + "?labelSelector=app%3Dweb");
        Assert.Equal(3, deleted["items"]!.AsArray().Count);
        Assert.Equal(2, (await Server.JsonAsync(200, "GET", Volumes))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_request_that_is_too_large_is_refused()
    {
        // A client that waits for the server's leave to send hears the refusal instead of a broken connection.
        using var response = await Server.SendAsync("POST", Volumes, new string(' ', 4 << 20), change: request => request.Headers.ExpectContinue = true);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_body_that_contradicts_the_path_is_refused()
    {
        await CreateVolumeAsync("a-1");
        await Server.JsonAsync(400, "PUT", Volumes + "/a-1", Volume("a-2"));
        await Server.JsonAsync(400, "POST", "/apis/ankole.io/v1beta1/backups", Volume("a-3"));
        await Server.JsonAsync(400, "POST", "/api/v1/namespaces/default/secrets", """{"metadata":{"name":"a","namespace":"other"}}""");
        await Server.JsonAsync(400, "POST", "/api/v1/secrets", """{"metadata":{"name":"a"}}""");
    }
}
