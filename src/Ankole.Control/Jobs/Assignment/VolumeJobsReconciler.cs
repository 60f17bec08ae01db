namespace Ankole.Control;

/// <summary>
/// Gives a volume its jobs: makes RecurringJobs of its own list, keeps the default group on volumes that name no job, and shows in its status
/// which jobs apply. A restored volume first gets the jobs back that were recorded with its backup, if that is wanted.
/// </summary>
public sealed class VolumeJobsReconciler(IResourceStore store, IEventRecorder events) : IReconciler
{
    private readonly JobRestoration restoration = new(store, events);

    public string Name => "volume-jobs";

    public int MaxConcurrency => 4;

    public IReadOnlyList<ReconcilerWatch> Watches { get; } =
    [
        ReconcilerWatch.Own(Kinds.Volume),
        new(Kinds.RecurringJob, static job => VolumeOfChanged((RecurringJobResource)job)),
    ];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var volume = await store.GetAsync(Kinds.Volume, key.Name, cancellationToken);
        if (volume is null || volume.IsDeleting)
            return ReconcileResult.Done;
        await MatchListAsync(volume, cancellationToken);
        if (!await restoration.IsDecidedAsync(volume, cancellationToken))
            return ReconcileResult.After(TimeSpan.FromSeconds(5));
        await LabelAsync(volume, cancellationToken);
        await EffectiveJobs.RefreshAsync(store, volume.Name, await EffectiveJobs.ListSharedAsync(store, cancellationToken), cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>A listed job that somebody changed, or that goes, is made as its entry says again. What its runs write into its status changes nothing of that.</summary>
    private static IEnumerable<ResourceKey> VolumeOfChanged(RecurringJobResource job) =>
        (job.IsDeleting || job.Status.ObservedGeneration != job.Metadata.Generation) && ListedJob.VolumeOf(job) is { } volume ? [new ResourceKey(Kinds.Volume, null, volume)] : [];

    /// <summary>One RecurringJob for each entry, none without.</summary>
    private async ValueTask MatchListAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        var wanted = volume.Spec.RecurringJobs.Select(entry => ListedJob.Of(volume, entry)).DistinctBy(job => job.Name).ToDictionary(job => job.Name);
        var ofVolume = LabelSelector.Of(SystemNames.VolumeLabel, volume.Name);
        await foreach (var existing in store.ListAsync(Kinds.RecurringJob, query => query with { Labels = ofVolume }, cancellationToken))
        {
            if (ListedJob.VolumeOf(existing) != volume.Name)
                continue;
            if (!wanted.Remove(existing.Name, out var job))
                await store.DeleteAsync(ResourceKey.Of(existing), new DeletePreconditions(existing.Metadata.Uid, null), cancellationToken);
            else if (!ListedJob.IsAs(existing.Spec, job.Spec))
                await store.ChangeAsync<RecurringJobResource>(
                    ResourceKey.Of(existing), status: false,
                    current => current with { Spec = job.Spec with { RunRequestedAt = current.Spec.RunRequestedAt, RunVolumes = current.Spec.RunVolumes } }, cancellationToken);
        }
        foreach (var job in wanted.Values)
            await CreateAsync(volume, job, cancellationToken);
    }

    private async ValueTask CreateAsync(VolumeResource volume, RecurringJobResource job, CancellationToken cancellationToken)
    {
        try
        {
            await store.CreateAsync(job, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            await events.RecordAsync(
                volume, warning: true, "JobNameTaken",
                $"The list's job '{job.Metadata.Annotations[ListedJob.EntryAnnotation]}' cannot run: a RecurringJob '{job.Name}' of somebody else exists. Delete that one.",
                Name, cancellationToken);
        }
    }

    /// <summary>The labels of the list's jobs, and the default group where nothing else is named.</summary>
    private async ValueTask LabelAsync(VolumeResource volume, CancellationToken cancellationToken) =>
        await store.ChangeAsync<VolumeResource>(ResourceKey.Of(volume), status: false, current =>
        {
            var missing = current.Spec.RecurringJobs.Select(entry => JobLabels.OfJob(ListedJob.NameOf(current.Name, entry.Name)))
                .Where(label => !current.Metadata.Labels.ContainsKey(label)).ToList();
            if (missing.Count == 0 && !current.Metadata.Labels.Keys.Any(JobLabels.SpeaksOfJobs))
                missing.Add(JobLabels.OfGroup(JobLabels.DefaultGroup));
            if (missing.Count == 0 || current.IsDeleting)
                return current;
            var labels = new Dictionary<string, string>(current.Metadata.Labels);
            foreach (var label in missing)
                labels[label] = JobLabels.Enabled;
            return current with { Metadata = current.Metadata with { Labels = labels } };
        }, cancellationToken);
}
