using Ankole.Core;

namespace Ankole.Control;

/// <summary>One run of a job over its volumes, from the beginning or from where it was interrupted.</summary>
internal static class JobRunner
{
    /// <summary>
    /// Works on as many volumes at once as the job allows, and writes how far it is. One volume's failure is that volume's alone. Cancelled, it
    /// leaves the run unfinished in the job's status.
    /// </summary>
    public static async Task RunAsync(JobServices services, RecurringJobResource job, JobRun run, CancellationToken cancellationToken)
    {
        var state = new JobRunState(services.Store, services.Time, services.Logger, job, run);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writer = state.WriteRegularlyAsync(writing.Token);
        try
        {
            using var slots = new SemaphoreSlim(job.Spec.Concurrency > 0 ? job.Spec.Concurrency : RecurringJobAdmission.DefaultConcurrency);
            var left = run.Volumes.Where(volume => !JobPhase.IsFinal(volume.Phase));
            await Task.WhenAll(left.Select(volume =>
                RunOneAsync(new JobOnVolume(services, job, run, volume.Volume, state), slots, cancellationToken)));
        }
        finally
        {
            await writing.CancelAsync();
            await writer;
        }
        await state.WriteEndAsync(cancellationToken);
        await ReportEndAsync(services, job, run, state, cancellationToken);
    }

    private static async Task RunOneAsync(JobOnVolume job, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        var (phase, message) = await OutcomeAsync(job, slots, cancellationToken);
        job.Report(run => run with { Phase = phase, Message = message, FinishedAt = job.Services.Time.GetUtcNow() });
    }

    private static async Task<(string Phase, string Message)> OutcomeAsync(JobOnVolume job, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        try
        {
            // What has begun is finished, whatever became of the volume's state meanwhile. Waiting for a volume to come takes no slot.
            if (job.Current.Phase != JobPhase.Running && await VolumeReadiness.ReasonToSkipAsync(job, cancellationToken) is { } reason)
            {
                await TellAsync(job, warning: false, "RecurringJobSkipped", $"Job '{job.Job.Name}' left the volume out: {reason}", cancellationToken);
                return (JobPhase.Skipped, reason);
            }
            await slots.WaitAsync(cancellationToken);
            try
            {
                job.Report(run => run with { Phase = JobPhase.Running });
                await VolumeTask.RunAsync(job, cancellationToken);
                return (JobPhase.Succeeded, job.Job.Spec.Task == JobTask.FilesystemTrim ? job.Current.Message : "");
            }
            finally
            {
                slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            // The boundary between volumes: whatever it was, the others go on.
            var reason = e is AnkoleException ? e.Message : $"something unexpected happened ({e.GetType().Name}); the log of the daemon has the details.";
            JobLog.VolumeFailed(job.Services.Logger, job.Job.Name, job.Volume, reason, e);
            await TellAsync(job, warning: true, "RecurringJobFailed", $"Job '{job.Job.Name}': {reason}", cancellationToken);
            return (JobPhase.Failed, reason);
        }
    }

    private static async ValueTask TellAsync(JobOnVolume job, bool warning, string reason, string message, CancellationToken cancellationToken)
    {
        if (await job.Services.Store.GetAsync(job.VolumeKey, cancellationToken) is { } volume)
            await job.Services.Events.RecordAsync(volume, warning, reason, message, JobServices.Component, cancellationToken);
    }

    private static async ValueTask ReportEndAsync(JobServices services, RecurringJobResource job, JobRun run, JobRunState state, CancellationToken cancellationToken)
    {
        int Count(string phase) => state.Volumes.Count(volume => volume.Phase == phase);
        var (succeeded, failed, skipped) = (Count(JobPhase.Succeeded), Count(JobPhase.Failed), Count(JobPhase.Skipped));
        JobLog.RunEnded(services.Logger, job.Name, run.Number, succeeded, failed, skipped);
        JobMetrics.RunEnded(job.Name, job.Spec.Task, succeeded, failed, skipped);
        await services.Events.RecordAsync(
            job, warning: failed > 0, failed > 0 ? "RunFailed" : "RunCompleted",
            $"{succeeded} volumes done, {failed} failed, {skipped} skipped.", JobServices.Component, cancellationToken);
    }
}
