using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>RecurringJobs of <c>longhorn.io/v1beta2</c> and <c>v1beta1</c>, and ours: the same fields, with the name in the spec too.</summary>
public static class LonghornConversion
{
    public const string Group = "longhorn.io";
    public const string Version = "v1beta2";

    private static readonly string[] SameFields = ["groups", "task", "cron", "retain", "concurrency", "labels", "parameters"];

    /// <summary>What Longhorn has no field for. It passes over what it does not know, so that a job loses nothing on its way there and back.</summary>
    private static readonly string[] OwnFields = ["timeZone", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly", "maxAge"];

    public static bool IsRecurringJob(JsonNode? node) =>
        TextOf(node, "kind") == "RecurringJob" && TextOf(node, "apiVersion") is $"{Group}/v1beta1" or $"{Group}/{Version}";

    /// <exception cref="InvalidInputException">It is no RecurringJob of Longhorn, or it asks for what Ankole does not have.</exception>
    public static RecurringJobResource FromLonghorn(JsonNode? node)
    {
        if (!IsRecurringJob(node) || node!["spec"] is not JsonObject spec)
            throw new InvalidInputException($"this is no RecurringJob of {Group}/v1beta1 or {Group}/{Version} with a spec.");
        if (TextOf(spec, "retentionPolicy") is { Length: > 0 } policy and not "count-based")
            throw new InvalidInputException($"spec.retentionPolicy '{policy}' is not supported: keep by count (retain), and use keepDaily and maxAge of {ApiGroup.AnkoleVersion} for keeping by age.");

        var ours = new JsonObject();
        foreach (var field in SameFields.Concat(OwnFields))
        {
            if (spec[field] is { } value)
                ours[field] = value.DeepClone();
        }
        var resource = new JsonObject { ["apiVersion"] = ApiGroup.AnkoleVersion, ["kind"] = "RecurringJob", ["metadata"] = MetadataOf(node, spec), ["spec"] = ours };
        try
        {
            return (RecurringJobResource)Kinds.RecurringJob.Parse(Encoding.UTF8.GetBytes(resource.ToJsonString()));
        }
        catch (JsonException e)
        {
            throw new InvalidInputException($"this RecurringJob of {Group} cannot be read: {e.Message}", e);
        }
    }

    public static JsonObject ToLonghorn(RecurringJobResource job, string @namespace)
    {
        var node = JsonNode.Parse(Kinds.RecurringJob.ToJson(job))!.AsObject();
        var spec = new JsonObject { ["name"] = job.Name };
        foreach (var field in SameFields)
            spec[field] = node["spec"]?[field]?.DeepClone() ?? EmptyValueOf(field);
        foreach (var field in OwnFields)
        {
            if (node["spec"]?[field] is JsonValue value && value.ToJsonString() != "0")
                spec[field] = value.DeepClone();
        }
        var metadata = node["metadata"]!.DeepClone().AsObject();
        metadata["namespace"] = @namespace;
        return new JsonObject
        {
            ["apiVersion"] = $"{Group}/{Version}", ["kind"] = "RecurringJob", ["metadata"] = metadata, ["spec"] = spec,
            ["status"] = new JsonObject { ["executionCount"] = job.Status.ExecutionCount },
        };
    }

    /// <summary>Without a namespace, which ours have not, and with the spec's name where the metadata has none.</summary>
    private static JsonObject MetadataOf(JsonNode node, JsonObject spec)
    {
        var metadata = node["metadata"]?.DeepClone() as JsonObject ?? [];
        metadata.Remove("namespace");
        if (TextOf(metadata, "name").Length == 0 && TextOf(spec, "name") is { Length: > 0 } name)
            metadata["name"] = name;
        else if (TextOf(spec, "name") is { Length: > 0 } other && other != TextOf(metadata, "name"))
            throw new InvalidInputException($"spec.name '{other}' and metadata.name '{TextOf(metadata, "name")}' differ: write the same, or leave spec.name out.");
        return metadata;
    }

    private static JsonNode? EmptyValueOf(string field) => field switch
    {
        "groups" => new JsonArray(),
        "labels" or "parameters" => new JsonObject(),
        "retain" or "concurrency" => 0,
        _ => "",
    };

    private static string TextOf(JsonNode? node, string field) =>
        (node as JsonObject)?[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}

