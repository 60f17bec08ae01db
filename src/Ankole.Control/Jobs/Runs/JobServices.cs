using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>What every step of a job's run works with.</summary>
internal sealed record JobServices(IResourceStore Store, ResourceWaiter Waiter, IEventRecorder Events, TimeProvider Time, ILogger Logger)
{
    /// <summary>The source of events.</summary>
    public const string Component = "recurring-job";
}

/// <summary>A run on one of its volumes.</summary>
internal sealed record JobOnVolume(JobServices Services, RecurringJobResource Job, JobRun Run, string Volume, JobRunState State)
{
    public ResourceKey VolumeKey => new(Kinds.Volume, null, Volume);

    public JobVolumeRun Current => State[Volume];

    public void Report(Func<JobVolumeRun, JobVolumeRun> change) => State.Change(Volume, change);

    /// <summary>The job's own labels, and the one by which its results are counted.</summary>
    public IReadOnlyDictionary<string, string> ResultLabels => new Dictionary<string, string>(Job.Spec.Labels) { [SystemNames.RecurringJobLabel] = Job.Name };

    /// <exception cref="JobFailedException">It is gone.</exception>
    public async ValueTask<VolumeResource> ReadVolumeAsync(CancellationToken cancellationToken) =>
        await Services.Store.GetAsync(Kinds.Volume, Volume, cancellationToken) ?? throw new JobFailedException($"volume '{Volume}' does not exist any more.");
}
