namespace Ankole.Control;

/// <summary>The volumes that a job applies to.</summary>
internal static class JobVolumes
{
    /// <summary>Names, each once, in order. A job of a volume's own list is for that volume alone, whoever else wears its label.</summary>
    public static async ValueTask<IReadOnlyCollection<string>> SelectAsync(IResourceStore store, RecurringJobResource job, CancellationToken cancellationToken)
    {
        if (ListedJob.VolumeOf(job) is { } own)
            return await store.GetAsync(Kinds.Volume, own, cancellationToken) is { IsDeleting: false } volume && JobLabels.GivesJob(volume.Metadata.Labels, job.Name) ? [own] : [];
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var selector in JobLabels.SelectorsOf(job))
        {
            await foreach (var volume in store.ListAsync(Kinds.Volume, query => query with { Labels = selector }, cancellationToken))
            {
                if (!volume.IsDeleting)
                    names.Add(volume.Name);
            }
        }
        return names;
    }

    /// <summary>Brings the status of every volume up to date that the job applies to or did before it was changed.</summary>
    public static async ValueTask ShowAsync(IResourceStore store, RecurringJobResource job, CancellationToken cancellationToken)
    {
        var shared = await EffectiveJobs.ListSharedAsync(store, cancellationToken);
        if (ListedJob.VolumeOf(job) is { } volume)
            await EffectiveJobs.RefreshAsync(store, volume, shared, cancellationToken);
        else
            await RefreshAllAsync(store, shared, cancellationToken);
    }

    /// <summary>
    /// Takes the label of a deleted job off its volumes, and the labels of its groups that no other job has. Labels of the default group stay:
    /// they stand for "no job named".
    /// </summary>
    public static async ValueTask ForgetAsync(IResourceStore store, RecurringJobResource job, CancellationToken cancellationToken)
    {
        var shared = (await EffectiveJobs.ListSharedAsync(store, cancellationToken)).Where(other => !other.IsDeleting && other.Name != job.Name).ToList();
        var groups = job.Spec.Groups.Where(group => group != JobLabels.DefaultGroup && !shared.Any(other => other.Spec.Groups.Contains(group)));
        string[] obsolete =
        [
            JobLabels.JobPrefix + job.Name, JobLabels.LonghornJobPrefix + job.Name,
            .. groups.SelectMany(group => (string[])[JobLabels.GroupPrefix + group, JobLabels.LonghornGroupPrefix + group]),
        ];
        foreach (var volume in await SelectAsync(store, job, cancellationToken))
            await RemoveLabelsAsync(store, volume, obsolete, cancellationToken);
        if (ListedJob.VolumeOf(job) is null)
            await RefreshAllAsync(store, shared, cancellationToken);
    }

    private static async ValueTask RemoveLabelsAsync(IResourceStore store, string volume, string[] obsolete, CancellationToken cancellationToken) =>
        await store.ChangeAsync<VolumeResource>(new ResourceKey(Kinds.Volume, null, volume), status: false, current =>
            obsolete.Any(current.Metadata.Labels.ContainsKey)
                ? current with
                {
                    Metadata = current.Metadata with
                    {
                        Labels = current.Metadata.Labels.Where(label => !obsolete.Contains(label.Key)).ToDictionary(),
                    },
                }
                : current, cancellationToken);

    private static async ValueTask RefreshAllAsync(IResourceStore store, IReadOnlyList<RecurringJobResource> shared, CancellationToken cancellationToken)
    {
        await foreach (var volume in store.ListAsync(Kinds.Volume, null, cancellationToken))
            await EffectiveJobs.RefreshAsync(store, volume.Name, shared, cancellationToken);
    }
}
