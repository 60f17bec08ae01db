using System.Collections.Concurrent;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Control;

/// <summary>
/// Removed snapshots that can be merged away are a debt of the chain itself: it is read off the directory, and paid in the background as soon as it
/// is seen, unless the setting disable-snapshot-purge forbids it.
/// </summary>
internal sealed class VolumePurge(ControllerServices services)
{
    /// <summary>A removed snapshot that somebody reads is tried again this often.</summary>
    private static readonly TimeSpan RetryWaiting = TimeSpan.FromMinutes(1);

    /// <summary>By volume uid: the debt that a purge could not pay, and when to try again.</summary>
    private readonly ConcurrentDictionary<string, (string Debt, DateTimeOffset RetryAt)> unpaid = new();

    public static string WorkId(VolumeResource volume) => $"purge/{volume.Metadata.Uid}";

    /// <returns>When to look again although nothing changes; null: not needed.</returns>
    public async ValueTask<TimeSpan?> PayAsync(VolumeResource volume, string directory, ReplicaInspection inspection, CancellationToken cancellationToken)
    {
        var debt = DebtOf(inspection);
        if (debt.Length == 0 || services.Work.IsRunning(WorkId(volume)))
            return null;
        if (await services.Store.ReadBooleanAsync(SettingCatalog.DisableSnapshotPurge, cancellationToken))
            return TimeSpan.FromMinutes(1);
        var uid = volume.Metadata.Uid ?? volume.Name;
        if (unpaid.TryGetValue(uid, out var left) && left.Debt == debt && left.RetryAt > services.Now)
            return left.RetryAt - services.Now;
        var limit = await services.Store.ReadIntegerAsync(SettingCatalog.SnapshotHeavyTaskConcurrentLimit, cancellationToken);
        PurgeResult? result = null;
        var started = services.Work.TryStart(new WorkItem(WorkId(volume), "purge", ResourceKey.Of(volume))
        {
            RunAsync = async (meter, token) =>
            {
                await using var lease = await services.Engine.OpenAsync(directory, ReplicaLimits.Of(volume.Spec), token);
                result = await lease.Replica.PurgeAsync(meter, token);
            },
            EndAsync = async (end, token) =>
            {
                // What is left now is what it could not do: it is not tried again at once for ever.
                var now = services.Engine.HasReplica(directory) ? DebtOf(await services.Engine.InspectAsync(directory, token)) : "";
                if (now.Length > 0)
                    unpaid[uid] = (now, services.Now + RetryWaiting);
                else
                    unpaid.TryRemove(uid, out _);
                if (end.Outcome is WorkOutcome.Failed or WorkOutcome.Stalled or WorkOutcome.DeadlineExceeded && end.Error is not AnkoleException { Kind: ErrorKind.Busy })
                    await services.Events.RecordAsync(volume, warning: true, "FailedSnapshotPurge", $"removed snapshots of volume '{volume.Name}' stay on disk: {end.Reason}", "volume", token);
            },
            StallAfter = services.Host.StallAfter,
        }, limit);
        return started ? null : TimeSpan.FromSeconds(30);
    }

    /// <summary>Removed snapshots on which nothing, or one other snapshot, stands. Under the head they wait for the next snapshot.</summary>
    private static string DebtOf(ReplicaInspection inspection)
    {
        var heads = inspection.Disks.Where(disk => disk.Snapshot is null).Select(disk => disk.Name).ToHashSet(StringComparer.Ordinal);
        return string.Join(
            '/', inspection.Disks.Where(disk => disk is { Snapshot: not null, Removed: true } && disk.Children.Count <= 1 && !disk.Children.Any(heads.Contains)).Select(disk => disk.Name));
    }
}
