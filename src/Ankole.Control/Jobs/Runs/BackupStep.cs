namespace Ankole.Control;

/// <summary>Backs the run's snapshot up: a few attempts with growing pauses, then the volume waits for the next run.</summary>
internal static class BackupStep
{
    /// <summary>Longhorn's back-off limit of 3 retries. The backup's own reconciler has tried several times before one attempt counts as failed.</summary>
    public const int MaxAttempts = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    /// <summary>A backup is given up when not a single change of it was seen for a day: its own reconciler ends it long before.</summary>
    private const int MaxSilentHours = 24;

    /// <summary>The completed backup.</summary>
    /// <exception cref="JobFailedException">All attempts failed, or somebody deleted it.</exception>
    public static async Task<BackupResource> BackUpAsync(JobOnVolume job, string snapshot, CancellationToken cancellationToken)
    {
        for (var attempt = Math.Max(1, job.Current.Attempts); ; attempt++)
        {
            var name = JobNames.Backup(job.Job, job.Run.Number, job.Volume, attempt);
            job.Report(run => run with { Attempts = attempt, Backup = name });
            var failure = await TryAsync(job, name, snapshot, cancellationToken);
            if (failure.Backup is { } completed)
                return completed;
            if (attempt >= MaxAttempts)
                throw new JobFailedException($"backup failed {attempt} times, the last time: {failure.Reason} The next run tries again.");
            var pause = FirstPause * Math.Pow(2, attempt - 1);
            JobLog.BackupAttemptFailed(job.Services.Logger, job.Job.Name, job.Volume, attempt, name, pause.TotalSeconds, failure.Reason);
            job.Report(run => run with { Message = $"attempt {attempt} failed: {failure.Reason}" });
            await Task.Delay(pause, job.Services.Time, cancellationToken);
        }
    }

    private static async Task<(BackupResource? Backup, string Reason)> TryAsync(JobOnVolume job, string name, string snapshot, CancellationToken cancellationToken)
    {
        var target = JobResults.TargetOf(await job.ReadVolumeAsync(cancellationToken));
        var key = new ResourceKey(Kinds.Backup, null, name);
        if (await job.Services.Store.GetAsync(key, cancellationToken) is null)
        {
            // Without the target the attempt fails here and leaves no failed Backup behind.
            if (await ReasonUnavailableAsync(job, target, cancellationToken) is { } reason)
                return (null, reason);
            await CreateAsync(job, name, snapshot, target, cancellationToken);
        }
        return await WaitAsync(job, key, cancellationToken) is { Status.State: BackupState.Completed } completed
            ? (completed, "")
            : (null, $"backup '{name}': {await ReasonFailedAsync(job, key, cancellationToken)}");
    }

    private static async ValueTask<string?> ReasonUnavailableAsync(JobOnVolume job, string target, CancellationToken cancellationToken)
    {
        var resource = await job.Services.Store.GetAsync(Kinds.BackupTarget, target, cancellationToken);
        return resource switch
        {
            null => $"backup target '{target}' does not exist.",
            { Status.Available: true } => null,
            _ => $"backup target '{target}' is not available{(resource.Status.Conditions.Find("Unavailable") is { Message.Length: > 0 } condition ? $" ({condition.Message})" : ".")}",
        };
    }

    private static async ValueTask CreateAsync(JobOnVolume job, string name, string snapshot, string target, CancellationToken cancellationToken)
    {
        try
        {
            await job.Services.Store.CreateAsync(
                new BackupResource
                {
                    Metadata = new ObjectMeta
                    {
                        Name = name,
                        Labels = new Dictionary<string, string>(StoreNames.Labels(target, job.Volume)) { [SystemNames.RecurringJobLabel] = job.Job.Name },
                    },
                    Spec = new BackupSpec
                    {
                        VolumeName = job.Volume, SnapshotName = snapshot, BackupTargetName = target, Labels = job.ResultLabels,
                        BackupMode = JobParameters.IsFullRun(job.Job.Spec, job.Run.Number) ? "full" : "incremental",
                    },
                },
                cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // Asked for by this very run before it was interrupted.
        }
    }

    /// <summary>Its last state, final or given up; null when somebody deleted it.</summary>
    private static async Task<BackupResource?> WaitAsync(JobOnVolume job, ResourceKey key, CancellationToken cancellationToken)
    {
        string? lastSeen = null;
        for (var silentHours = 0; ;)
        {
            try
            {
                return (BackupResource?)await job.Services.Waiter.WaitAsync(
                    key, resource => resource is not BackupResource backup || backup.IsDeleting || BackupState.IsFinal(backup.Status.State),
                    TimeSpan.FromHours(1), cancellationToken);
            }
            catch (TimeoutException)
            {
                var now = await job.Services.Store.GetAsync(key, cancellationToken);
                silentHours = now?.Metadata.ResourceVersion == lastSeen ? silentHours + 1 : 0;
                lastSeen = now?.Metadata.ResourceVersion;
                if (silentHours >= MaxSilentHours)
                    return (BackupResource?)now;
            }
        }
    }

    private static async ValueTask<string> ReasonFailedAsync(JobOnVolume job, ResourceKey key, CancellationToken cancellationToken) =>
        await job.Services.Store.GetAsync(key, cancellationToken) switch
        {
            null or { IsDeleting: true } => throw new JobFailedException($"backup '{key.Name}' was deleted before it was completed."),
            BackupResource { Status.Error.Length: > 0 } backup => backup.Status.Error,
            BackupResource backup when BackupState.IsFinal(backup.Status.State) => $"it ended as {backup.Status.State}.",
            _ => $"nothing of it moved for {MaxSilentHours} hours.",
        };
}
