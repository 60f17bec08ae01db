using Ankole.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ankole.Control;

/// <summary>Runs recurring jobs at their times, and takes a job off its volumes when it is deleted.</summary>
/// <remarks>
/// Lifecycle of a run: 1. at a tick, status.active names the run and its volumes; 2. the work begins; 3. its end moves status.active to
/// status.lastRun. A process that dies in between leaves status.active, and the next one goes on with that run: everything in it is named by its
/// number. So a job never has two runs at a time, and a tick or a request that comes during a run is made up for once, when it ends.
/// </remarks>
public sealed class RecurringJobReconciler : IReconciler, IAsyncDisposable
{
    /// <summary>A clock that is set forward is noticed within this time.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly JobServices services;
    private readonly JobRuns runs;
    private readonly RunStarts starts = new();

    public RecurringJobReconciler(IResourceStore store, IEventRecorder events, TimeProvider time, ILogger<RecurringJobReconciler>? logger = null)
    {
        ILogger log = logger ?? NullLogger<RecurringJobReconciler>.Instance;
        services = new JobServices(store, new ResourceWaiter(store, time, log), events, time, log);
        runs = new JobRuns(log);
    }

    public string Name => "recurring-job";

    /// <summary>As many starts as the store writes in one commit: hundreds of jobs may have the same tick.</summary>
    public int MaxConcurrency => 64;

    public IReadOnlyList<ReconcilerWatch> Watches { get; } = [ReconcilerWatch.Own(Kinds.RecurringJob)];

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.RecurringJob, key.Name, cancellationToken) is not { } job)
            return ReconcileResult.Done;
        if (job.IsDeleting)
            return await EndAsync(job, cancellationToken);
        if (!CronExpression.TryParse(job.Spec.Cron, out var cron, out var error) || !CronZone.TryFind(job.Spec.TimeZone, out var zone))
        {
            await ReportUnusableAsync(job, error ?? CronZone.Unknown(job.Spec.TimeZone), cancellationToken);
            return ReconcileResult.Done;
        }

        job = await ObserveAsync(job, cancellationToken);
        if (job.Status.Active is { } active)
        {
            // Its end writes the status, and that brings the job back; a run that broke off is taken up again after a while.
            if (!runs.IsRunning(job.Metadata.Uid!, active.Number) && await services.Store.HasChangedAsync(job, cancellationToken))
                return ReconcileResult.Done;
            Continue(job, active);
            return ReconcileResult.After(LongestSleep);
        }
        var now = services.Time.GetUtcNow();
        if (RunRequest.Open(job) is { } asked)
        {
            await BeginAsync(job, await RequestedRunAsync(job, asked, now, cancellationToken), job.Status, cancellationToken);
            return ReconcileResult.Done;
        }
        if (job.Spec.Suspend)
            return ReconcileResult.Done;
        if (JobSchedule.Due(job.Status, cron, zone, now) is { } tick)
        {
            await BeginForTickAsync(job, cron, zone, tick, now, cancellationToken);
            return ReconcileResult.Done;
        }
        return await SleepAsync(job, JobSchedule.Next(job.Status, cron, zone, now), now, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await runs.DisposeAsync();
        await services.Waiter.DisposeAsync();
    }

    /// <summary>Takes note of a new or changed job: holds it by a finalizer, shows it on its volumes, and counts its ticks from now on.</summary>
    private async ValueTask<RecurringJobResource> ObserveAsync(RecurringJobResource job, CancellationToken cancellationToken)
    {
        var now = services.Time.GetUtcNow();
        if (ListedJob.Hold(job) is var held && held != job.Metadata)
            job = await services.Store.UpdateAsync(job with { Metadata = held }, cancellationToken);
        if (IsObserved(job, now))
            return job;

        var status = job.Status with { Conditions = job.Status.Conditions.With(new Condition("Ready", Condition.True, "Scheduled", ""), now) };
        if (JobSchedule.IsAheadOf(status, now))
            status = status with { LastScheduleTime = null, ScheduleSince = now, NextScheduleTime = null };
        if (status.Schedule != JobSchedule.TextOf(job.Spec) || status.ScheduleSince is null)
            status = status with
            {
                Schedule = JobSchedule.TextOf(job.Spec),
                ScheduleSince = job.Status.ScheduleSince is null && job.Metadata.CreationTimestamp < now ? job.Metadata.CreationTimestamp : now,
                NextScheduleTime = null,
            };
        if (status.ObservedGeneration != job.Metadata.Generation)
        {
            await JobVolumes.ShowAsync(services.Store, job, cancellationToken);
            status = status with { ObservedGeneration = job.Metadata.Generation };
        }
        return await services.Store.UpdateStatusAsync(job with { Status = status }, cancellationToken);
    }

    private static bool IsObserved(RecurringJobResource job, DateTimeOffset now) =>
        job.Status.ObservedGeneration == job.Metadata.Generation && job.Status.Conditions.IsTrue("Ready") && job.Status.ScheduleSince is not null &&
        job.Status.Schedule == JobSchedule.TextOf(job.Spec) && !JobSchedule.IsAheadOf(job.Status, now);

    private async ValueTask BeginForTickAsync(
        RecurringJobResource job, CronExpression cron, TimeZoneInfo zone, DateTimeOffset tick, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var start = starts.Enter();
        var volumes = await JobVolumes.SelectAsync(services.Store, job, cancellationToken);
        var begun = job.Status with { LastScheduleTime = tick };
        begun = begun with { NextScheduleTime = JobSchedule.Next(begun, cron, zone, now) };
        await BeginAsync(job, new JobRun { ScheduledAt = tick, StartedAt = now, Volumes = [.. volumes.Select(Pending)] }, begun, cancellationToken);
        JobMetrics.RunBegan(now - tick);
    }

    /// <summary>A run beside the schedule: ticks come and are made up for as if it were not there.</summary>
    private async ValueTask<JobRun> RequestedRunAsync(RecurringJobResource job, DateTimeOffset asked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var all = await JobVolumes.SelectAsync(services.Store, job, cancellationToken);
        var wanted = job.Spec.RunVolumes.Count == 0 ? all : job.Spec.RunVolumes;
        return new JobRun
        {
            ScheduledAt = asked, RequestedAt = asked, StartedAt = now,
            Volumes =
            [
                .. wanted.Distinct().Select(volume => all.Contains(volume)
                    ? Pending(volume)
                    : new JobVolumeRun { Volume = volume, Phase = JobPhase.Skipped, Message = "the job does not apply to it.", FinishedAt = now }),
            ],
        };
    }

    private static JobVolumeRun Pending(string volume) => new() { Volume = volume, Phase = JobPhase.Pending };

    /// <param name="status">The job's status as the schedule sees the run.</param>
    private async ValueTask BeginAsync(RecurringJobResource job, JobRun run, RecurringJobStatus status, CancellationToken cancellationToken)
    {
        run = run with { Number = job.Status.ExecutionCount + 1, HeartbeatAt = run.StartedAt };
        var begun = status with { ExecutionCount = run.Number, RunRequestedAt = run.RequestedAt ?? status.RunRequestedAt, Active = run };

        // Written before anything is done: whoever comes after a crash knows of the run. The version check lets only one begin.
        job = await services.Store.UpdateStatusAsync(job with { Status = begun }, cancellationToken);
        JobLog.RunBegins(services.Logger, job.Name, run.Number, run.ScheduledAt, run.Volumes.Count);
        Own(job, run);
    }

    private void Continue(RecurringJobResource job, JobRun run)
    {
        if (!runs.IsRunning(job.Metadata.Uid!, run.Number))
            JobLog.RunContinues(services.Logger, job.Name, run.Number);
        Own(job, run);
    }

    private void Own(RecurringJobResource job, JobRun run) =>
        runs.Ensure(job.Metadata.Uid!, job.Name, run.Number, async stopped =>
        {
            await starts.WaitAsync(stopped);
            await JobRunner.RunAsync(services, job, run, stopped);
        });

    private async ValueTask<ReconcileResult> SleepAsync(RecurringJobResource job, DateTimeOffset? next, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (job.Status.NextScheduleTime != next)
            await services.Store.UpdateStatusAsync(job with { Status = job.Status with { NextScheduleTime = next } }, cancellationToken);
        return next is null ? ReconcileResult.Done : ReconcileResult.After(next - now < LongestSleep ? next.Value - now : LongestSleep);
    }

    /// <summary>The run ends, what it made stays, and no volume names the job any more.</summary>
    private async ValueTask<ReconcileResult> EndAsync(RecurringJobResource job, CancellationToken cancellationToken)
    {
        await runs.StopAsync(job.Metadata.Uid!);
        if (job.Metadata.Finalizers.Contains(SystemNames.Finalizer))
        {
            await JobVolumes.ForgetAsync(services.Store, job, cancellationToken);
            await services.Store.ChangeAsync<RecurringJobResource>(
                ResourceKey.Of(job), status: false,
                current => current.Metadata.Uid != job.Metadata.Uid
                    ? current
                    : current with { Metadata = current.Metadata with { Finalizers = [.. current.Metadata.Finalizers.Where(name => name != SystemNames.Finalizer)] } },
                cancellationToken);
        }
        return ReconcileResult.Done;
    }

    private async ValueTask ReportUnusableAsync(RecurringJobResource job, string reason, CancellationToken cancellationToken)
    {
        var conditions = job.Status.Conditions.With(new Condition("Ready", Condition.False, "InvalidSchedule", reason), services.Time.GetUtcNow());
        await services.Store.UpdateStatusAsync(job with { Status = job.Status with { Conditions = conditions, NextScheduleTime = null } }, cancellationToken);
        await services.Events.RecordAsync(job, warning: true, "InvalidSchedule", reason, JobServices.Component, cancellationToken);
    }
}
