namespace Ankole.Control;

/// <summary>Which jobs a volume gets, and through what.</summary>
internal static class EffectiveJobs
{
    /// <param name="sharedJobs">All jobs but those of volumes' own lists.</param>
    public static IReadOnlyList<EffectiveJob> Of(VolumeResource volume, IReadOnlyList<RecurringJobResource> sharedJobs)
    {
        var labels = volume.Metadata.Labels;
        var effective = volume.Spec.RecurringJobs
            .Select(entry => ListedJob.NameOf(volume.Name, entry.Name)).Where(name => JobLabels.GivesJob(labels, name))
            .Select(name => new EffectiveJob(name, true, []));
        var shared = from job in sharedJobs
                     where !job.IsDeleting
                     let named = JobLabels.GivesJob(labels, job.Name)
                     let groups = job.Spec.Groups.Where(name => JobLabels.GivesGroup(labels, name)).ToList()
                     where named || groups.Count > 0
                     select new EffectiveJob(job.Name, named, groups);
        return [.. effective.Concat(shared).OrderBy(job => job.Name, StringComparer.Ordinal)];
    }

    /// <summary>Writes the list into the volume's status if it is another one.</summary>
    public static async ValueTask RefreshAsync(
        IResourceStore store, string volume, IReadOnlyList<RecurringJobResource> sharedJobs, CancellationToken cancellationToken) =>
        await store.ChangeAsync<VolumeResource>(new ResourceKey(Kinds.Volume, null, volume), status: true, current =>
        {
            var effective = Of(current, sharedJobs);
            return AreEqual(effective, current.Status.RecurringJobs) ? current : current with { Status = current.Status with { RecurringJobs = effective } };
        }, cancellationToken);

    public static async ValueTask<IReadOnlyList<RecurringJobResource>> ListSharedAsync(IResourceStore store, CancellationToken cancellationToken)
    {
        var shared = new List<RecurringJobResource>();
        var isShared = LabelSelector.Of(ListedJob.SharedLabel, "true");
        await foreach (var job in store.ListAsync(Kinds.RecurringJob, query => query with { Labels = isShared }, cancellationToken))
            shared.Add(job);
        return shared;
    }

    private static bool AreEqual(IReadOnlyList<EffectiveJob> one, IReadOnlyList<EffectiveJob> other) =>
        one.Count == other.Count && one.Zip(other).All(pair =>
            pair.First.Name == pair.Second.Name && pair.First.FromJob == pair.Second.FromJob && pair.First.FromGroups.SequenceEqual(pair.Second.FromGroups));
}
