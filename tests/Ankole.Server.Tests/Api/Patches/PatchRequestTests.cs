using System.Text.Json.Nodes;

namespace Ankole.Server.Tests.Api.Patches;

public sealed class PatchRequestTests : ApiTests
{
    [Fact]
    public async Task Each_kind_of_patch_is_applied()
    {
        await CreateVolumeAsync("a-1", """{"app":"web"}""");
        var merged = await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", """{"metadata":{"labels":{"app":null,"tier":"1"}}}""", "application/merge-patch+json");
        Assert.Equal("""{"tier":"1"}""", Labels(merged));
        var patched = await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", """[{"op":"replace","path":"/metadata/labels/tier","value":"2"}]""", "application/json-patch+json");
        Assert.Equal("2", (string?)patched["metadata"]!["labels"]!["tier"]);
        var strategic = await Server.JsonAsync(200, "PATCH", Volumes + "/a-1", """{"metadata":{"labels":{"x":"y"}}}""", "application/strategic-merge-patch+json");
        Assert.Equal("y", (string?)strategic["metadata"]!["labels"]!["x"]);
    }

    [Fact]
    public async Task What_cannot_be_applied_says_why()
    {
        await CreateVolumeAsync("a-1");
        await Server.JsonAsync(415, "PATCH", Volumes + "/a-1", "{}", "application/apply-patch+yaml");
        await Server.JsonAsync(415, "PATCH", Volumes + "/a-1", "{}");
        await Server.JsonAsync(415, "PATCH", Volumes + "/a-1", """{"metadata":{"$patch":"replace"}}""", "application/strategic-merge-patch+json");
        await Server.JsonAsync(422, "PATCH", Volumes + "/a-1", """[{"op":"test","path":"/spec/size","value":"1"}]""", "application/json-patch+json");
        await Server.JsonAsync(422, "PATCH", Volumes + "/a-1", """{"spec":{"size":"lots"}}""", "application/merge-patch+json");
        await Server.JsonAsync(404, "PATCH", Volumes + "/none", "{}", "application/merge-patch+json");
        await Server.JsonAsync(409, "PATCH", Volumes + "/a-1", """{"metadata":{"resourceVersion":"1"},"spec":{"size":"2147483648"}}""", "application/merge-patch+json");
        await Server.JsonAsync(400, "PATCH", Volumes + "/a-1", """{"metadata":{"name":"other"}}""", "application/merge-patch+json");
    }

    [Fact]
    public async Task Patches_at_once_do_not_lose_each_other()
    {
        await CreateVolumeAsync("a-1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Server.JsonAsync(200, "PATCH", Volumes + "/a-1", $$$"""{"metadata":{"labels":{"l{{{i}}}":"x"} } }""", "application/merge-patch+json")));
        var labels = (await Server.JsonAsync(200, "GET", Volumes + "/a-1"))["metadata"]!["labels"]!.AsObject();
        Assert.Equal(8, labels.Count(label => label.Key.StartsWith('l')));
    }

    private static string? Labels(JsonObject resource)
    {
        var labels = resource["metadata"]!["labels"]!.DeepClone().AsObject();
        foreach (var own in labels.Select(label => label.Key).Where(key => key.Contains("ankole.io", StringComparison.Ordinal)).ToList())
            labels.Remove(own);
        return labels.ToJsonString();
    }
}
