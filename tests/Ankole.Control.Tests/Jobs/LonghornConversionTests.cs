using System.Text.Json.Nodes;
using Ankole.Control.Tests.Jobs.Running;
using Ankole.Core;

namespace Ankole.Control.Tests.Jobs;

public sealed class LonghornConversionTests
{
    private const string Theirs = """
        {"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob",
         "metadata":{"name":"snapshot-1","namespace":"longhorn-system","labels":{"team":"a"}},
         "spec":{"cron":"* * * * *","task":"snapshot","groups":["default","group1"],"retain":1,"concurrency":2,
                 "labels":{"label/1":"a","label/2":"b"},"name":"snapshot-1","retentionPolicy":"count-based"}}
        """;

    [Fact]
    public async Task A_RecurringJob_written_for_Longhorn_is_accepted_and_honoured()
    {
        var job = LonghornConversion.FromLonghorn(JsonNode.Parse(Theirs));
        Assert.Equal(("ankole.io/v1beta1", "snapshot-1", null), (job.ApiVersion, job.Name, job.Metadata.Namespace));

        await using var world = new JobWorld();
        await world.CreateJobAsync(job.Name, job.Spec.Task, job.Spec.Cron, _ => job.Spec);
        await world.CreateVolumeAsync("data");
        world.Start();
        await world.UntilAsync(async () => (await world.VolumeAsync("data")).Status.RecurringJobs.Count == 1);
        await world.RunNextAsync("snapshot-1");
        await world.RunNextAsync("snapshot-1");
        var snapshot = Assert.Single(await world.SnapshotsAsync("snapshot-1"));
        Assert.Equal(("a", "b"), (snapshot.Spec.Labels["label/1"], snapshot.Spec.Labels["label/2"]));
    }

    [Theory]
    [InlineData("longhorn.io/v1beta1")]
    [InlineData("longhorn.io/v1beta2")]
    public void Both_of_its_versions_go_there_and_back(string version)
    {
        var node = JsonNode.Parse(Theirs)!;
        node["apiVersion"] = version;
        var back = LonghornConversion.ToLonghorn(LonghornConversion.FromLonghorn(node), "longhorn-system");
        node["apiVersion"] = "longhorn.io/v1beta2";
        var spec = node["spec"]!.AsObject();
        spec.Remove("retentionPolicy");
        spec["parameters"] = new JsonObject();
        Assert.True(JsonNode.DeepEquals(spec, back["spec"]), back.ToJsonString());
        Assert.Equal("longhorn-system", (string?)back["metadata"]!["namespace"]);
    }

    [Fact]
    public void What_Longhorn_has_no_field_for_comes_back_too()
    {
        var job = LonghornConversion.FromLonghorn(JsonNode.Parse(Theirs));
        job = job with { Spec = job.Spec with { TimeZone = "Europe/Berlin", KeepDaily = 7, KeepYearly = 2, MaxAge = "9000h" } };
        var back = LonghornConversion.FromLonghorn(LonghornConversion.ToLonghorn(job, "longhorn-system"));
        Assert.Equal(("Europe/Berlin", 7, 0, 2, "9000h"), (back.Spec.TimeZone, back.Spec.KeepDaily, back.Spec.KeepWeekly, back.Spec.KeepYearly, back.Spec.MaxAge));
    }

    [Theory]
    [InlineData("""{"apiVersion":"longhorn.io/v1beta2","kind":"Volume","spec":{}}""", "no RecurringJob")]
    [InlineData("""{"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob"}""", "with a spec")]
    [InlineData("""{"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob","spec":{"retentionPolicy":"age-based"}}""", "age-based")]
    [InlineData("""{"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob","metadata":{"name":"a"},"spec":{"name":"b"}}""", "differ")]
    [InlineData("""{"apiVersion":"longhorn.io/v1beta2","kind":"RecurringJob","metadata":{"name":"a"},"spec":{"retain":"three"}}""", "cannot be read")]
    public void What_cannot_be_honoured_is_refused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidInputException>(() => LonghornConversion.FromLonghorn(JsonNode.Parse(json))).Message, StringComparison.Ordinal);
}
