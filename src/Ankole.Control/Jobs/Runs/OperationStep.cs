namespace Ankole.Control;

/// <summary>Has an operation done on the volume (purge, trim) and waits for its end.</summary>
internal static class OperationStep
{
    /// <summary>Longhorn waits as long for a purge.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(24);

    /// <returns>What it did, for people.</returns>
    /// <exception cref="JobFailedException">It failed, was cancelled or deleted, or took too long.</exception>
    public static async Task<string> RunAsync(JobOnVolume job, string operation, CancellationToken cancellationToken)
    {
        var name = JobNames.Operation(job.Job, job.Run.Number, job.Volume, operation);
        try
        {
            await job.Services.Store.CreateAsync(
                new VolumeOperationResource
                {
                    Metadata = new ObjectMeta
                    {
                        Name = name,
                        Labels = new Dictionary<string, string> { [SystemNames.VolumeLabel] = job.Volume, [SystemNames.RecurringJobLabel] = job.Job.Name },
                    },
                    Spec = new VolumeOperationSpec { VolumeName = job.Volume, Operation = operation },
                },
                cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // Asked for by this very run before it was interrupted.
        }

        var end = await WaitAsync(job, new ResourceKey(Kinds.VolumeOperation, null, name), cancellationToken);
        if (end is null)
            throw new JobFailedException($"the {operation} was deleted before its end.");
        if (end.Status.Phase != OperationPhase.Succeeded)
            throw new JobFailedException($"the {operation} ended as {end.Status.Phase}: {end.Status.Message}");
        return end.Status.Message;
    }

    private static async Task<VolumeOperationResource?> WaitAsync(JobOnVolume job, ResourceKey key, CancellationToken cancellationToken)
    {
        try
        {
            return (VolumeOperationResource?)await job.Services.Waiter.WaitAsync(
                key, resource => resource is not VolumeOperationResource operation || operation.IsDeleting || OperationPhase.IsFinal(operation.Status.Phase),
                Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new JobFailedException($"operation '{key.Name}' did not end within {GoDuration.Format(Patience)}.");
        }
    }
}
