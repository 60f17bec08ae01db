using Ankole.Control;

namespace Ankole.Server.Web.Jobs;

/// <summary>Which shared jobs and groups a volume has: labels of the volume, in Ankole's and in Longhorn's words.</summary>
internal static class JobAssignment
{
    private static readonly string[] JobPrefixes = [JobLabels.JobPrefix, JobLabels.LonghornJobPrefix];
    private static readonly string[] GroupPrefixes = [JobLabels.GroupPrefix, JobLabels.LonghornGroupPrefix];

    /// <summary>Names of jobs, those of the volume's own list among them.</summary>
    public static IEnumerable<string> JobsOf(VolumeResource volume) => Of(volume, JobPrefixes);

    /// <summary>A volume that names no job and no group is in the default group: its label comes a moment later.</summary>
    public static IEnumerable<string> GroupsOf(VolumeResource volume) =>
        volume.Metadata.Labels.Keys.Any(JobLabels.SpeaksOfJobs) ? Of(volume, GroupPrefixes) : [JobLabels.DefaultGroup];

    public static Task AddAsync(IResourceStore store, string volume, string name, bool isGroup) => ChangeAsync(
        store, volume, labels => labels[(isGroup ? GroupPrefixes : JobPrefixes)[0] + name] = JobLabels.Enabled);

    public static Task RemoveAsync(IResourceStore store, string volume, string name, bool isGroup) => ChangeAsync(store, volume, labels =>
    {
        foreach (var prefix in isGroup ? GroupPrefixes : JobPrefixes)
            labels.Remove(prefix + name);
        // Where nothing is named any more the default group comes by itself; who takes it off wants no job at all, and that is written down.
        if (isGroup && name == JobLabels.DefaultGroup && !labels.Keys.Any(JobLabels.SpeaksOfJobs))
            labels[JobLabels.OfGroup(name)] = "disabled";
    });

    private static IEnumerable<string> Of(VolumeResource volume, string[] prefixes) => volume.Metadata.Labels
        .Where(label => label.Value == JobLabels.Enabled)
        .SelectMany(label => prefixes.Where(prefix => label.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(prefix => label.Key[prefix.Length..]))
        .Distinct().Order(StringComparer.Ordinal);

    private static async Task ChangeAsync(IResourceStore store, string volume, Action<Dictionary<string, string>> change)
    {
        var changed = await store.ChangeAsync<VolumeResource>(new ResourceKey(Kinds.Volume, null, volume), status: false, current =>
        {
            var labels = new Dictionary<string, string>(current.Metadata.Labels);
            change(labels);
            return current with { Metadata = current.Metadata with { Labels = labels } };
        }, CancellationToken.None);
        if (changed is null)
            throw new ResourceNotFoundException(new ResourceKey(Kinds.Volume, null, volume));
    }
}
