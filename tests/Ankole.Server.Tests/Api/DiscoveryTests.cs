using Ankole.Control;

namespace Ankole.Server.Tests.Api;

public sealed class DiscoveryTests : ApiTests
{
    [Fact]
    public async Task Every_kind_can_be_discovered_and_listed()
    {
        var groups = (await Server.JsonAsync(200, "GET", "/apis"))["groups"]!.AsArray().Select(group => (string?)group!["preferredVersion"]!["groupVersion"]).ToList();
        Assert.Contains("ankole.io/v1beta1", groups);
        Assert.Equal("v1", (string?)(await Server.JsonAsync(200, "GET", "/api"))["versions"]![0]);
        foreach (var kind in Kinds.All)
        {
            var root = kind.Group.Length == 0 ? "/api/v1" : "/apis/" + kind.ApiVersion;
            var resources = (await Server.JsonAsync(200, "GET", root))["resources"]!.AsArray();
            var found = resources.Single(resource => (string?)resource!["name"] == kind.Plural)!;
            Assert.Equal(kind.IsNamespaced, (bool?)found["namespaced"]);
            Assert.Equal(kind.HasStatus, resources.Any(resource => (string?)resource!["name"] == kind.Plural + "/status"));
            Assert.Equal(kind.Kind + "List", (string?)(await Server.JsonAsync(200, "GET", $"{root}/{kind.Plural}"))["kind"]);
        }
    }

    [Fact]
    public async Task Open_api_describes_every_kind_with_its_fields_and_verbs()
    {
        var index = (await Server.JsonAsync(200, "GET", "/openapi/v3"))["paths"]!.AsObject();
        foreach (var kind in Kinds.All)
        {
            var path = (kind.Group.Length == 0 ? "api/" : "apis/") + kind.ApiVersion;
            var document = await Server.JsonAsync(200, "GET", (string)index[path]!["serverRelativeURL"]!);
            var schema = document["components"]!["schemas"]!.AsObject().Select(entry => entry.Value!)
                .Single(schema => (string?)schema["x-kubernetes-group-version-kind"]?[0]?["kind"] == kind.Kind);
            Assert.NotNull(schema["properties"]!["metadata"]);
            Assert.Contains(document["paths"]!.AsObject(), entry => entry.Key.EndsWith($"/{kind.Plural}/{{name}}", StringComparison.Ordinal) && entry.Value!["patch"] is not null);
        }
    }

    [Fact]
    public async Task Namespaces_can_be_named_and_not_made()
    {
        var list = await Server.JsonAsync(200, "GET", "/api/v1/namespaces");
        Assert.Contains(list["items"]!.AsArray(), item => (string?)item!["metadata"]!["name"] == "ankole-system");
        await Server.JsonAsync(200, "GET", "/api/v1/namespaces/default");
        await Server.JsonAsync(404, "GET", "/api/v1/namespaces/nowhere");
        await Server.JsonAsync(405, "POST", "/api/v1/namespaces", """{"metadata":{"name":"new"}}""");
    }

    [Fact]
    public async Task A_recurring_job_of_longhorn_is_ours_under_another_name()
    {
        const string longhorn = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/recurringjobs";
        const string body = """
            {"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob","metadata":{"name":"snap","namespace":"longhorn-system"},
             "spec":{"name":"snap","cron":"*/5 * * * *","task":"snapshot","groups":["default"],"retain":3,"concurrency":2,"labels":{"a":"b"}}}
            """;
        await Server.JsonAsync(201, "POST", longhorn, body);
        var ours = await Server.JsonAsync(200, "GET", "/apis/ankole.io/v1beta1/recurringjobs/snap");
        Assert.Equal(3, (int?)ours["spec"]!["retain"]);
        Assert.Null(ours["metadata"]!["namespace"]);

        var patched = await Server.JsonAsync(200, "PATCH", longhorn + "/snap", """{"spec":{"retain":4}}""", "application/merge-patch+json");
        Assert.Equal(4, (int?)patched["spec"]!["retain"]);
        Assert.Equal("longhorn-system", (string?)patched["metadata"]!["namespace"]);
        Assert.Equal("longhorn.io/v1beta2", (string?)patched["apiVersion"]);
        Assert.Single((await Server.JsonAsync(200, "GET", "/apis/longhorn.io/v1beta2/recurringjobs"))["items"]!.AsArray());
        await Server.JsonAsync(422, "PATCH", longhorn + "/snap", """{"spec":{"cron":"never"}}""", "application/merge-patch+json");
        await Server.JsonAsync(200, "DELETE", longhorn + "/snap");
        // Its finalizer is for the controllers to take off.
        Assert.NotNull((await Server.JsonAsync(200, "GET", "/apis/ankole.io/v1beta1/recurringjobs/snap"))["metadata"]!["deletionTimestamp"]);
    }
}
