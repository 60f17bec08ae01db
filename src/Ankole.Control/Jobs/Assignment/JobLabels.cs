namespace Ankole.Control;

/// <summary>Labels of a volume that give it jobs: <c>recurring-job.ankole.io/JOB=enabled</c> and <c>recurring-job-group.ankole.io/GROUP=enabled</c>.</summary>
/// <remarks>Longhorn's forms of both are read like our own; written are only our own.</remarks>
public static class JobLabels
{
    public const string JobPrefix = "recurring-job.ankole.io/";
    public const string GroupPrefix = "recurring-job-group.ankole.io/";
    public const string LonghornJobPrefix = "recurring-job.longhorn.io/";
    public const string LonghornGroupPrefix = "recurring-job-group.longhorn.io/";
    public const string Enabled = "enabled";

    /// <summary>The group of volumes that name no job and no group.</summary>
    public const string DefaultGroup = "default";

    public static string OfJob(string job) => JobPrefix + job;

    public static string OfGroup(string group) => GroupPrefix + group;

    public static bool GivesJob(IReadOnlyDictionary<string, string> labels, string job) =>
        IsEnabled(labels, JobPrefix + job) || IsEnabled(labels, LonghornJobPrefix + job);

    public static bool GivesGroup(IReadOnlyDictionary<string, string> labels, string group) =>
        IsEnabled(labels, GroupPrefix + group) || IsEnabled(labels, LonghornGroupPrefix + group);

    /// <summary>True for a label of any value that speaks of jobs or groups: who wrote it has decided, and the default group stays away.</summary>
    public static bool SpeaksOfJobs(string key) =>
        key.StartsWith(JobPrefix, StringComparison.Ordinal) || key.StartsWith(GroupPrefix, StringComparison.Ordinal) ||
        key.StartsWith(LonghornJobPrefix, StringComparison.Ordinal) || key.StartsWith(LonghornGroupPrefix, StringComparison.Ordinal);

    /// <summary>One of these matches every volume that gets the job; the indexes of a store answer each of them.</summary>
    public static IEnumerable<LabelSelector> SelectorsOf(RecurringJobResource job)
    {
        string[] keys =
        [
            JobPrefix + job.Name, LonghornJobPrefix + job.Name,
            .. job.Spec.Groups.SelectMany(group => (string[])[GroupPrefix + group, LonghornGroupPrefix + group]),
        ];
        return keys.Select(key => LabelSelector.Of(key, Enabled));
    }

    private static bool IsEnabled(IReadOnlyDictionary<string, string> labels, string key) => labels.TryGetValue(key, out var value) && value == Enabled;
}
