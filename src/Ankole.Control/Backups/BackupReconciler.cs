using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Makes the backups that are asked for. Interrupted anywhere, a backup is run again under its own name, which finds what was sent; one whose record
/// exists is complete, whatever the resource said before.
/// </summary>
internal sealed partial class BackupReconciler(ControllerServices services, TargetSync sync) : IReconciler
{
    public const string ReconcilerName = "backup";

    /// <summary>On a Snapshot that was taken for a backup: the Backup's name.</summary>
    internal const string BackupAnnotation = "ankole.io/backup";

    private const string Group = "backup";

    public string Name => ReconcilerName;

    public int MaxConcurrency => 4;

    public IReadOnlyList<ReconcilerWatch> Watches =>
    [
        ReconcilerWatch.Own(Kinds.Backup),
        new(Kinds.Snapshot, snapshot => snapshot.Metadata.Annotations.TryGetValue(BackupAnnotation, out var backup) ? [new ResourceKey(Kinds.Backup, null, backup)] : []),
    ];

    public static string WorkId(BackupResource backup) => $"backup/{backup.Metadata.Uid}";

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.Backup, key.Name, cancellationToken) is not { } backup)
            return ReconcileResult.Done;
        if (backup.IsDeleting)
            return await DeleteAsync(backup, cancellationToken);
        if (backup.Spec.Mirrored || BackupState.IsFinal(backup.Status.State))
            return await LookAfterFinishedAsync(backup, cancellationToken);
        if (services.Work.IsRunning(WorkId(backup)) || await services.Store.HasChangedAsync(backup, cancellationToken))
            return ReconcileResult.Done;

        var volume = await services.Store.GetAsync(Kinds.Volume, backup.Spec.VolumeName, cancellationToken);
        var target = backup.Spec.BackupTargetName.Length > 0 ? backup.Spec.BackupTargetName
            : volume?.Spec.BackupTargetName is { Length: > 0 } ofVolume ? ofVolume : SystemNames.DefaultTarget;
        if (await services.AdoptAsync(
            backup, StoreNames.Labels(target, backup.Spec.VolumeName), (resource, metadata) => resource with { Metadata = metadata }, cancellationToken))
            return ReconcileResult.Done;
        if (WhyNever(backup, volume) is { } reason)
            return await FailAsync(backup, reason, cancellationToken);
        if (backup.Status.State == BackupState.Pending && RetryIn(backup) is { } pause && pause > TimeSpan.Zero)
            return ReconcileResult.After(pause);
        var (snapshot, wait) = await SnapshotAsync(backup, cancellationToken);
        if (wait is { } result)
            return result;
        return await BeginAsync(backup, volume!, target, snapshot!, cancellationToken);
    }

    private static string? WhyNever(BackupResource backup, VolumeResource? volume) => volume switch
    {
        null => $"volume '{backup.Spec.VolumeName}' does not exist.",
        { IsDeleting: true } => $"volume '{volume.Name}' is being deleted.",
        { Status.IsStandby: true } => $"volume '{volume.Name}' is a standby volume, which is a copy of backups: activate it first.",
        { Status.RestoreRequired: true } => $"volume '{volume.Name}' is being restored: back it up when that is finished.",
        _ => null,
    };

    /// <summary>How long a failed attempt still waits for the next; null: no attempt failed.</summary>
    private TimeSpan? RetryIn(BackupResource backup) => backup.Status.Attempts == 0 || backup.Status.FinishedAt is not { } failedAt
        ? null
        : failedAt + services.Host.RetryPause(backup.Status.Attempts) - services.Now;

    /// <summary>The snapshot, ready to be read; or what to do until it is.</summary>
    private async Task<(SnapshotResource? Snapshot, ReconcileResult? Wait)> SnapshotAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        var name = backup.Spec.SnapshotName.Length > 0 ? backup.Spec.SnapshotName : backup.Name;
        var snapshot = await services.Store.GetAsync(Kinds.Snapshot, name, cancellationToken);
        if (snapshot is null && backup.Spec.SnapshotName.Length == 0)
        {
            // Taken once. When it is gone after that, the backup does not become one of a later moment.
            if (backup.Status.SnapshotName.Length > 0)
                return (null, await FailAsync(backup, $"its snapshot '{name}' is gone.", cancellationToken));
            await TakeSnapshotAsync(backup, name, cancellationToken);
            return (null, ReconcileResult.After(TimeSpan.FromSeconds(1)));
        }
        if (snapshot is null || snapshot.Spec.Volume != backup.Spec.VolumeName)
            return (null, await FailAsync(backup, $"volume '{backup.Spec.VolumeName}' has no snapshot '{name}'.", cancellationToken));
        if (snapshot.Status.Error.Length > 0)
            return (null, await FailAsync(backup, $"its snapshot '{name}' failed: {snapshot.Status.Error}", cancellationToken));
        if (!snapshot.Status.ReadyToUse)
        {
            await ShowPendingAsync(backup, $"snapshot '{name}' is not ready yet.", cancellationToken);
            return (null, ReconcileResult.After(TimeSpan.FromSeconds(1)));
        }
        return (snapshot, null);
    }

    private async Task TakeSnapshotAsync(BackupResource backup, string name, CancellationToken cancellationToken)
    {
        await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current with
        {
            Status = current.Status with { State = BackupState.Pending, VolumeName = backup.Spec.VolumeName },
        }, cancellationToken);
        try
        {
            await services.Store.CreateAsync(new SnapshotResource
            {
                Metadata = new ObjectMeta { Name = name, Annotations = new Dictionary<string, string> { [BackupAnnotation] = backup.Name } },
                Spec = new SnapshotSpec { Volume = backup.Spec.VolumeName, CreateSnapshot = true, Labels = backup.Spec.Labels },
            }, cancellationToken);
        }
        catch (ResourceExistsException)
        {
            // Made before the process was killed.
        }
    }

    private async ValueTask<ReconcileResult> BeginAsync(
        BackupResource backup, VolumeResource volume, string target, SnapshotResource snapshot, CancellationToken cancellationToken)
    {
        var replica = await VolumeReplicas.FindAsync(services.Store, volume.Name, cancellationToken);
        if (replica is null)
            return await FailAsync(backup, $"volume '{volume.Name}' has no replica that could be read.", cancellationToken);
        var limit = await services.Store.ReadIntegerAsync(SettingCatalog.ConcurrentBackupLimit, cancellationToken);
        var wasBegun = backup.Status.StartedAt is not null;
        if (services.Work.Count(Group) < limit)
            backup = await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current with
            {
                Status = current.Status with
                {
                    State = BackupState.InProgress, StartedAt = current.Status.StartedAt ?? services.Now, FinishedAt = null, VolumeName = volume.Name,
                    BackupTargetName = target, SnapshotName = snapshot.Name, SnapshotCreatedAt = snapshot.Status.CreationTime,
                    VolumeSize = snapshot.Status.RestoreSize.ToString(), ObservedGeneration = current.Metadata.Generation,
                },
            }, cancellationToken) ?? backup;
        var run = new BackupRun(services, sync, backup, wasBegun, volume, replica.Spec.DataDirectoryName, target, SnapshotMirror.ChainNameOf(snapshot));
        var started = services.Work.TryStart(new WorkItem(WorkId(backup), Group, ResourceKey.Of(backup))
        {
            RunAsync = run.RunAsync,
            ReportAsync = (transfer, token) => ReportAsync(backup, run, transfer, token),
            EndAsync = (result, token) => EndAsync(backup, run, result, token),
            Pulse = () => run.Pulse,
            StallAfter = services.Host.StallAfter,
        }, limit);
        if (started)
            return ReconcileResult.Done;
        await ShowPendingAsync(backup, $"{limit} backups run at the same time at most (setting {SettingCatalog.ConcurrentBackupLimit.Name}): waiting.", cancellationToken);
        return ReconcileResult.After(TimeSpan.FromSeconds(30));
    }

    private async Task ReportAsync(BackupResource backup, BackupRun run, TransferStatus transfer, CancellationToken cancellationToken) =>
        await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => BackupState.IsFinal(current.Status.State) || current.IsDeleting
            ? current
            : current with
            {
                Status = current.Status with { State = BackupState.InProgress, Progress = Math.Min(transfer.Progress, 99), Transfer = transfer, Requests = run.Requests },
            }, cancellationToken);

    private async Task ShowPendingAsync(BackupResource backup, string message, CancellationToken cancellationToken) =>
        await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current.Status.State == BackupState.Pending && current.Status.Messages is [var said] && said == message
            ? current
            : current with { Status = current.Status with { State = BackupState.Pending, Messages = [message] } }, cancellationToken);

    private async Task EndAsync(BackupResource backup, BackupRun run, WorkResult result, CancellationToken cancellationToken)
    {
        if (run.IsComplete)
            await CompleteAsync(backup, cancellationToken);
        else if (result.Outcome == WorkOutcome.Cancelled)
            await FailAsync(backup, result.Reason, cancellationToken);
        else
            await RetryOrFailAsync(backup, run, result, cancellationToken);
    }

    private async Task CompleteAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.Backup, backup.Name, cancellationToken) is not { } written)
            return;
        await TellAsync(written, warning: false, BackupState.Completed, $"backup '{backup.StoredName()}' of snapshot '{written.Status.SnapshotName}' is completed.", cancellationToken);
        await CleanUpSnapshotAsync(written, cancellationToken);
    }

    private async Task RetryOrFailAsync(BackupResource backup, BackupRun run, WorkResult result, CancellationToken cancellationToken)
    {
        var attempts = backup.Status.Attempts + 1;
        if (!MayPass(run, result.Error) || attempts >= services.Host.MaxAttempts)
        {
            await FailAsync(backup, $"{result.Reason}{(attempts > 1 ? $" ({attempts} attempts)" : "")}", cancellationToken, attempts);
            return;
        }
        await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current with
        {
            Status = current.Status with
            {
                State = BackupState.Pending, Attempts = attempts, FinishedAt = services.Now, Transfer = null, Requests = run.Requests, Error = "",
                Messages = [$"attempt {attempts} failed and is repeated: {result.Reason}"],
            },
        }, cancellationToken);
    }

    /// <summary>A directory, share or bucket that is missing may be mounted or made again in a moment; a snapshot does not come back.</summary>
    private static bool MayPass(BackupRun run, Exception? error) =>
        ControllerServices.MayPass(error) || (run.IsAtTarget && error is AnkoleException { Kind: ErrorKind.NotFound });

    private async ValueTask<ReconcileResult> FailAsync(BackupResource backup, string reason, CancellationToken cancellationToken, int? attempts = null)
    {
        var written = await services.Store.ChangeAsync<BackupResource>(ResourceKey.Of(backup), status: true, current => current with
        {
            Status = current.Status with
            {
                State = BackupState.Error, Error = reason, Transfer = null, FinishedAt = services.Now, Attempts = attempts ?? current.Status.Attempts,
                VolumeName = current.Spec.VolumeName, ObservedGeneration = current.Metadata.Generation,
            },
        }, cancellationToken);
        if (written is not null && !written.IsDeleting)
            await TellAsync(written, warning: true, BackupState.Error, $"backup '{backup.StoredName()}' failed: {reason}", cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>Longhorn tells a backup's state by an event of its volume; it stands on the Backup too.</summary>
    private async Task TellAsync(BackupResource backup, bool warning, string state, string message, CancellationToken cancellationToken)
    {
        await services.Events.RecordAsync(backup, warning, state, message, Name, cancellationToken);
        if (await services.Store.GetAsync(Kinds.Volume, backup.Spec.VolumeName, cancellationToken) is { } volume)
            await services.Events.RecordAsync(volume, warning, state, message, Name, cancellationToken);
    }

    private async Task CleanUpSnapshotAsync(BackupResource backup, CancellationToken cancellationToken)
    {
        if (backup.Spec.Labels.ContainsKey(SystemNames.RecurringJobLabel)
            || !await services.Store.ReadBooleanAsync(SettingCatalog.AutoCleanupSnapshotAfterOnDemandBackup, cancellationToken))
            return;
        await services.Store.DeleteAsync(new ResourceKey(Kinds.Snapshot, null, backup.Status.SnapshotName), null, cancellationToken);
    }
}
