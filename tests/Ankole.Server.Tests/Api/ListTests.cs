using System.Text.Json.Nodes;

namespace Ankole.Server.Tests.Api;

public sealed class ListTests : ApiTests
{
    [Fact]
    public async Task A_list_has_its_kind_its_version_and_pages()
    {
        for (var i = 0; i < 5; i++)
            await CreateVolumeAsync($"v-{i}");
        var all = await Server.JsonAsync(200, "GET", Volumes);
        Assert.Equal("VolumeList", (string?)all["kind"]);
        Assert.NotNull(all["metadata"]!["resourceVersion"]);
        Assert.Equal(5, all["items"]!.AsArray().Count);

        var first = await Server.JsonAsync(200, "GET", Volumes + "?limit=2");
        Assert.Equal(3, (int?)first["metadata"]!["remainingItemCount"]);
        var names = first["items"]!.AsArray().Select(Name).ToList();
        var next = (string?)first["metadata"]!["continue"];
        while (next is not null)
        {
            var page = await Server.JsonAsync(200, "GET", $"{Volumes}?limit=2&continue={Uri.EscapeDataString(next)}");
            names.AddRange(page["items"]!.AsArray().Select(Name));
            next = (string?)page["metadata"]!["continue"];
        }
        Assert.Equal(["v-0", "v-1", "v-2", "v-3", "v-4"], names);
        await Server.JsonAsync(400, "GET", Volumes + "?limit=2&continue=nonsense");
        await Server.JsonAsync(400, "GET", Volumes + "?limit=minus");
    }

    [Fact]
    public async Task A_list_longer_than_a_page_comes_whole_when_no_limit_is_asked_for()
    {
        for (var i = 0; i < 1100; i++)
            await Server.Store.CreateAsync(Resources.Examples.Volume($"v-{i:0000}"), Token);
        var all = await Server.JsonAsync(200, "GET", Volumes);
        Assert.Equal(1100, all["items"]!.AsArray().Select(Name).Distinct().Count());
        Assert.Null(all["metadata"]!["continue"]);
    }

    [Theory]
    [InlineData("labelSelector=app=web", "v-a,v-b")]
    [InlineData("labelSelector=app==web,tier", "v-b")]
    [InlineData("labelSelector=app!=web", "v-c,v-d")]
    [InlineData("labelSelector=app in (web, db)", "v-a,v-b,v-c")]
    [InlineData("labelSelector=app notin (web,db)", "v-d")]
    [InlineData("labelSelector=!app", "v-d")]
    [InlineData("fieldSelector=metadata.name=v-c", "v-c")]
    [InlineData("fieldSelector=metadata.name!=v-c,spec.size=1073741824", "v-a,v-b,v-d")]
    [InlineData("labelSelector=app=web&fieldSelector=metadata.name=v-b", "v-b")]
    public async Task Selectors_select(string query, string expected)
    {
        await CreateVolumeAsync("v-a", """{"app":"web"}""");
        await CreateVolumeAsync("v-b", """{"app":"web","tier":"1"}""");
        await CreateVolumeAsync("v-c", """{"app":"db"}""");
        await CreateVolumeAsync("v-d");
        var parts = query.Split('&').Select(part => part[..(part.IndexOf('=') + 1)] + Uri.EscapeDataString(part[(part.IndexOf('=') + 1)..]));
        var list = await Server.JsonAsync(200, "GET", $"{Volumes}?{string.Join('&', parts)}");
        Assert.Equal(expected, string.Join(',', list["items"]!.AsArray().Select(Name)));
    }

    [Theory]
    [InlineData("labelSelector=a b c")]
    [InlineData("labelSelector==")]
    [InlineData("fieldSelector=spec.size")]
    public async Task A_malformed_selector_is_refused(string query) => await Server.JsonAsync(400, "GET", $"{Volumes}?{query.Replace(" ", "%20", StringComparison.Ordinal)}");

    [Fact]
    public async Task A_table_has_the_columns_of_the_kind_and_a_cell_for_each()
    {
        await CreateVolumeAsync("a-1");
        var table = await Server.JsonAsync(200, "GET", Volumes, accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        Assert.Equal("Table", (string?)table["kind"]);
        var columns = table["columnDefinitions"]!.AsArray().Select(column => (string?)column!["name"]).ToList();
        Assert.Equal("Name", columns[0]);
        Assert.Contains("Age", columns);
        var row = Assert.Single(table["rows"]!.AsArray())!;
        Assert.Equal(columns.Count, row["cells"]!.AsArray().Count);
        Assert.Equal("a-1", (string?)row["cells"]![0]);
        Assert.Equal("1GiB", (string?)row["cells"]![columns.IndexOf("Size")]);
        Assert.Matches("^[0-9]+s$", (string?)row["cells"]![columns.IndexOf("Age")]);
        Assert.Equal("PartialObjectMetadata", (string?)row["object"]!["kind"]);
        Assert.Null(row["object"]!["spec"]);

        var whole = await Server.JsonAsync(200, "GET", Volumes + "/a-1?includeObject=Object", accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
        Assert.NotNull(whole["rows"]![0]!["object"]!["spec"]);
    }

    private static string? Name(JsonNode? item) => (string?)item!["metadata"]!["name"];
}
