using System.Collections.Concurrent;

namespace Ankole.Control.Tests.Jobs.Running;

/// <summary>How the world behaves while snapshots, backups and operations are made.</summary>
internal sealed class WorldState
{

    /// <summary>Volumes whose backups fail, with the error.</summary>
    public ConcurrentDictionary<string, string> FailingBackups { get; } = new();

    public ConcurrentDictionary<string, string> FailingSnapshots { get; } = new();

    /// <summary>While set, snapshots are not taken.</summary>
    public volatile bool HoldSnapshots;

    /// <summary>While set, backups stay as they are.</summary>
    public volatile bool HoldBackups;

}

/// <summary>Makes snapshots, backups and operations true by writing their status; deletions need nothing, since nothing holds them.</summary>
internal sealed class WorldReconciler(string name, ResourceKind kind, Func<ResourceKey, CancellationToken, ValueTask<ReconcileResult>> reconcile) : IReconciler
{
    public const string Snapshots = "world-snapshots";
    public const string Backups = "world-backups";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public string Name => name;

    public int MaxConcurrency => 1;

    public IReadOnlyList<ReconcilerWatch> Watches { get; } = [ReconcilerWatch.Own(kind)];

    public ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken) => reconcile(key, cancellationToken);

    public static IEnumerable<IReconciler> All(IResourceStore store, WorldState world, TimeProvider time) =>
    [
        new WorldReconciler(Snapshots, Kinds.Snapshot, async (key, token) =>
        {
            if (world.HoldSnapshots)
                return ReconcileResult.After(LookAgain);
            await store.ChangeAsync<SnapshotResource>(key, status: true, snapshot => snapshot.Status is { CreationTime: null, Error: "" }
                ? snapshot with
                {
                    Status = world.FailingSnapshots.TryGetValue(snapshot.Spec.Volume, out var error)
                        ? new SnapshotStatus { Error = error }
                        : new SnapshotStatus { ReadyToUse = true, CreationTime = time.GetUtcNow(), UserCreated = true },
                }
                : snapshot, token);
            return ReconcileResult.Done;
        }),
        new WorldReconciler(Backups, Kinds.Backup, async (key, token) =>
        {
            if (world.HoldBackups)
                return ReconcileResult.After(LookAgain);
            await store.ChangeAsync<BackupResource>(key, status: true, backup => BackupState.IsFinal(backup.Status.State)
                ? backup
                : backup with
                {
                    Status = world.FailingBackups.TryGetValue(backup.Spec.VolumeName, out var error)
                        ? new BackupStatus { State = BackupState.Error, Error = error, VolumeName = backup.Spec.VolumeName }
                        : new BackupStatus
                        {
                            State = BackupState.Completed, VolumeName = backup.Spec.VolumeName, SnapshotName = backup.Spec.SnapshotName,
                            BackupTargetName = backup.Spec.BackupTargetName, BackupCreatedAt = time.GetUtcNow(), Labels = backup.Spec.Labels,
                        },
                }, token);
            return ReconcileResult.Done;
        }),
        new WorldReconciler("world-operations", Kinds.VolumeOperation, async (key, token) =>
        {
            await store.ChangeAsync<VolumeOperationResource>(key, status: true, operation => OperationPhase.IsFinal(operation.Status.Phase)
                ? operation
                : operation with { Status = new VolumeOperationStatus { Phase = OperationPhase.Succeeded } }, token);
            return ReconcileResult.Done;
        }),
    ];
}
