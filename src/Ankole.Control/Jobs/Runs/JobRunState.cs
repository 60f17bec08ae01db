using Ankole.Core;
using Microsoft.Extensions.Logging;

namespace Ankole.Control;

/// <summary>
/// How far a run is on each of its volumes, and its copy in the job's status: written at most once a second, with a heartbeat, and at the end.
/// </summary>
/// <remarks>Changes by several volumes at the same time are safe. Only the end must be written: what is lost in between is found again by name.</remarks>
internal sealed class JobRunState(IResourceStore store, TimeProvider time, ILogger logger, RecurringJobResource job, JobRun run)
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenHeartbeats = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromSeconds(5);

    private readonly Lock guard = new();
    private readonly Dictionary<string, int> indexByVolume = run.Volumes.Select((volume, index) => (volume.Volume, index)).ToDictionary();
    private readonly JobVolumeRun[] volumes = [.. run.Volumes];
    private readonly ResourceKey key = ResourceKey.Of(job);
    private bool isChanged;

    public JobVolumeRun this[string volume]
    {
        get
        {
            lock (guard)
                return volumes[indexByVolume[volume]];
        }
    }

    public IReadOnlyList<JobVolumeRun> Volumes
    {
        get
        {
            lock (guard)
                return [.. volumes];
        }
    }

    public void Change(string volume, Func<JobVolumeRun, JobVolumeRun> change)
    {
        lock (guard)
        {
            ref var current = ref volumes[indexByVolume[volume]];
            current = change(current);
            isChanged = true;
        }
    }

    /// <summary>Writes changes and heartbeats until it is cancelled.</summary>
    public async Task WriteRegularlyAsync(CancellationToken cancellationToken)
    {
        var lastWrite = time.GetTimestamp();
        using var timer = new PeriodicTimer(BetweenWrites, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (!TakeChanged() && time.GetElapsedTime(lastWrite) < BetweenHeartbeats)
                    continue;
                lastWrite = time.GetTimestamp();
                await TryWriteAsync(status => status.Active?.Number == run.Number ? status with { Active = Now() } : status, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end writes what is left.
        }
    }

    /// <summary>Writes the end, however often it takes; only cancellation gives up, and then the run is continued by the next start.</summary>
    public async Task WriteEndAsync(CancellationToken cancellationToken)
    {
        var finishedAt = time.GetUtcNow();
        var ended = Now() with { FinishedAt = finishedAt };
        var allDone = ended.Volumes.All(volume => volume.Phase != JobPhase.Failed);
        while (!await TryWriteAsync(
            status => status.Active?.Number == run.Number
                ? status with { Active = null, LastRun = ended, LastSuccessTime = allDone ? finishedAt : status.LastSuccessTime }
                : status,
            cancellationToken))
            await Task.Delay(PauseAfterError, time, cancellationToken);
    }

    private JobRun Now() => run with { HeartbeatAt = time.GetUtcNow(), Volumes = Volumes };

    private bool TakeChanged()
    {
        lock (guard)
            return isChanged && !(isChanged = false);
    }

    private async Task<bool> TryWriteAsync(Func<RecurringJobStatus, RecurringJobStatus> change, CancellationToken cancellationToken)
    {
        try
        {
            await store.ChangeAsync<RecurringJobResource>(key, status: true, current =>
            {
                if (current.Metadata.Uid != job.Metadata.Uid)
                    return current;
                var status = change(current.Status);
                return ReferenceEquals(status, current.Status) ? current : current with { Status = status };
            }, cancellationToken);
            return true;
        }
        catch (AnkoleException e)
        {
            JobLog.StatusNotWritten(logger, job.Name, run.Number, e);
            return false;
        }
    }
}
