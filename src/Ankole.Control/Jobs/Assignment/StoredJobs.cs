using System.Text.Json;
using System.Text.Json.Nodes;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// The jobs of a volume as Longhorn records them with its backups: one label of the backup volume, a JSON object of
/// <c>NAME: {jobSpec, fromGroup, fromJob}</c>.
/// </summary>
internal static class StoredJobs
{
    public const string Label = "VolumeRecurringJobInfo";

    /// <summary>No volume has so many; what a backupstore says is not believed beyond that.</summary>
    private const int MaxJobs = 100;

    /// <summary>The label for the volume's record; none for a volume without jobs.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, string>> DescribeAsync(IResourceStore store, VolumeResource volume, CancellationToken cancellationToken)
    {
        var info = new JsonObject();
        foreach (var effective in volume.Status.RecurringJobs)
        {
            if (await store.GetAsync(Kinds.RecurringJob, effective.Name, cancellationToken) is not { } job)
                continue;
            info[job.Name] = new JsonObject
            {
                ["jobSpec"] = LonghornConversion.ToLonghorn(job, "")["spec"]!.DeepClone(),
                ["fromGroup"] = new JsonArray([.. effective.FromGroups.Select(group => (JsonNode)group)]),
                ["fromJob"] = effective.FromJob,
            };
        }
        return info.Count == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { [Label] = info.ToJsonString() };
    }

    /// <exception cref="InvalidInputException">The text is not of that form.</exception>
    public static IReadOnlyList<StoredJob> Read(string json)
    {
        try
        {
            return [.. (JsonNode.Parse(json) as JsonObject ?? []).Take(MaxJobs).Select(entry => Read(entry.Key, entry.Value as JsonObject ?? []))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidInputException($"the jobs recorded with the backup cannot be read: {e.Message}", e);
        }
    }

    private static StoredJob Read(string name, JsonObject entry)
    {
        var resource = new JsonObject
        {
            ["apiVersion"] = $"{LonghornConversion.Group}/{LonghornConversion.Version}", ["kind"] = "RecurringJob",
            ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = entry["jobSpec"]?.DeepClone(),
        };
        return new StoredJob(
            LonghornConversion.FromLonghorn(resource), entry["fromJob"]?.GetValue<bool>() ?? false,
            [.. (entry["fromGroup"] as JsonArray ?? []).Select(group => group?.GetValue<string>() ?? "")]);
    }
}

/// <param name="FromJob">The volume named the job itself.</param>
/// <param name="FromGroups">Groups of the job that the volume named.</param>
internal sealed record StoredJob(RecurringJobResource Job, bool FromJob, IReadOnlyList<string> FromGroups);
