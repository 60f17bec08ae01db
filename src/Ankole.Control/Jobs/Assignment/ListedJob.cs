using System.Security.Cryptography;
using System.Text;

namespace Ankole.Control;

/// <summary>
/// An entry of a volume's own list as a RecurringJob of a generated name that only this volume has. It belongs to the volume and goes with the
/// volume or the entry; what it made stays. The name is always the same for one volume and entry, so that an entry taken out and put back, or a
/// volume restored under its name, goes on counting the same snapshots and backups.
/// </summary>
public static class ListedJob
{
    /// <summary>Which entry of the list the job is.</summary>
    public const string EntryAnnotation = "ankole.io/list-entry";

    /// <summary>On every job that comes from no list: there are few of them, and a store's index finds them.</summary>
    public const string SharedLabel = "ankole.io/shared-job";

    /// <summary><c>ENTRY-XXXXXXXX</c>: 8 hexadecimal digits of the SHA-256 of volume and entry.</summary>
    public static string NameOf(string volume, string entry) =>
        $"{entry}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{volume}/{entry}")))[..8]}";

    /// <summary>The volume whose list the job comes from; null for a job that stands for itself.</summary>
    public static string? VolumeOf(RecurringJobResource job) =>
        job.Metadata.OwnerReferences.FirstOrDefault(owner => owner is { Kind: "Volume", ApiVersion: ApiGroup.AnkoleVersion, Controller: true })?.Name;

    /// <summary>The metadata that a job is kept with: held until it is taken off its volumes, and found among many.</summary>
    internal static ObjectMeta Hold(RecurringJobResource job)
    {
        var metadata = job.Metadata;
        if (!metadata.Finalizers.Contains(SystemNames.Finalizer) && !job.IsDeleting)
            metadata = metadata with { Finalizers = [.. metadata.Finalizers, SystemNames.Finalizer] };
        if (VolumeOf(job) is null && !metadata.Labels.ContainsKey(SharedLabel))
            metadata = metadata with { Labels = new Dictionary<string, string>(metadata.Labels) { [SharedLabel] = "true" } };
        return metadata;
    }

    internal static RecurringJobResource Of(VolumeResource volume, VolumeRecurringJob entry) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = NameOf(volume.Name, entry.Name),
            Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = volume.Name },
            Annotations = new Dictionary<string, string> { [EntryAnnotation] = entry.Name },
            Finalizers = [SystemNames.Finalizer],
            OwnerReferences = [new OwnerReference(volume.ApiVersion, volume.Kind, volume.Name, volume.Metadata.Uid ?? "", Controller: true)],
        },
        Spec = new RecurringJobSpec { Task = entry.Task, Cron = entry.Cron, Retain = Math.Max(1, entry.Retain), Labels = entry.Labels, Concurrency = 1 },
    };

    internal static bool IsAs(RecurringJobSpec one, RecurringJobSpec other) =>
        one.Task == other.Task && one.Cron == other.Cron && one.Retain == other.Retain && one.Groups.Count == other.Groups.Count &&
        one.KeepDaily == other.KeepDaily && one.KeepWeekly == other.KeepWeekly && one.KeepMonthly == other.KeepMonthly && one.KeepYearly == other.KeepYearly &&
        one.MaxAge == other.MaxAge && one.TimeZone == other.TimeZone && one.Suspend == other.Suspend && one.Parameters.Count == other.Parameters.Count &&
        one.Labels.Count == other.Labels.Count && one.Labels.All(label => other.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
