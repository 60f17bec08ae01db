using Ankole.Core;

namespace Ankole.Control;

/// <summary>
/// Runs what takes time and ends. Each operation may be begun again after a kill without harm; a finished one stays as a record and is removed after
/// its time.
/// </summary>
internal sealed class VolumeOperationReconciler(ControllerServices services, SnapshotMirror mirror) : IReconciler
{
    /// <summary>Operations at the same time on one host: they read and write the same disk.</summary>
    private const int MaxRunning = 8;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromDays(1);

    private readonly OperationSteps steps = new(services, mirror);

    public string Name => "volume-operation";

    public int MaxConcurrency => 4;

    public IReadOnlyList<ReconcilerWatch> Watches => [ReconcilerWatch.Own(Kinds.VolumeOperation)];

    public static string WorkId(VolumeOperationResource operation) => $"operation/{operation.Metadata.Uid}";

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (await services.Store.GetAsync(Kinds.VolumeOperation, key.Name, cancellationToken) is not { } operation)
            return ReconcileResult.Done;
        var id = WorkId(operation);
        if (operation.IsDeleting || operation.Spec.Cancel)
            services.Work.Cancel(id, "cancelled on request.");
        if (services.Work.IsRunning(id))
            return operation.IsDeleting ? ReconcileResult.After(TimeSpan.FromSeconds(1)) : ReconcileResult.Done;
        if (await services.Store.HasChangedAsync(operation, cancellationToken))
            return ReconcileResult.Done;
        if (operation.IsDeleting)
        {
            await services.ReleaseAsync(operation, (resource, metadata) => resource with { Metadata = metadata }, cancellationToken);
            return ReconcileResult.Done;
        }
        if (OperationPhase.IsFinal(operation.Status.Phase))
            return await RemoveInTimeAsync(operation, cancellationToken);
        if (operation.Spec.Cancel)
        {
            await FinishAsync(operation, OperationPhase.Cancelled, "cancelled before it began.", [], cancellationToken);
            return ReconcileResult.Done;
        }
        if (await services.AdoptAsync(operation, new Dictionary<string, string>(), (resource, metadata) => resource with { Metadata = metadata }, cancellationToken))
            return ReconcileResult.Done;
        return await BeginAsync(operation, cancellationToken);
    }

    private async ValueTask<ReconcileResult> BeginAsync(VolumeOperationResource operation, CancellationToken cancellationToken)
    {
        var outcome = new OperationOutcome();
        var started = services.Work.TryStart(new WorkItem(WorkId(operation), "operation", ResourceKey.Of(operation))
        {
            RunAsync = (meter, token) => steps.RunAsync(operation, outcome, meter, token),
            ReportAsync = (transfer, token) => ShowAsync(operation, OperationPhase.Running, transfer, token),
            EndAsync = (result, token) => FinishAsync(
                operation,
                result.Outcome switch { WorkOutcome.Succeeded => OperationPhase.Succeeded, WorkOutcome.Cancelled => OperationPhase.Cancelled, _ => OperationPhase.Failed },
                result.Outcome == WorkOutcome.Succeeded ? outcome.Message : result.Reason, outcome.Damage, token),
            Pulse = () => outcome.Pulse?.Invoke() ?? 0,
            StallAfter = services.Host.StallAfter,
        }, MaxRunning);
        await ShowAsync(operation, started ? OperationPhase.Running : OperationPhase.Pending, null, cancellationToken);
        return started ? ReconcileResult.Done : ReconcileResult.After(TimeSpan.FromSeconds(30));
    }

    private async Task ShowAsync(VolumeOperationResource operation, string phase, TransferStatus? transfer, CancellationToken cancellationToken) =>
        await services.Store.ChangeAsync<VolumeOperationResource>(ResourceKey.Of(operation), status: true, current => OperationPhase.IsFinal(current.Status.Phase)
            ? current
            : current with
            {
                Status = current.Status with
                {
                    Phase = phase, Transfer = transfer ?? current.Status.Transfer,
                    StartedAt = phase == OperationPhase.Running ? current.Status.StartedAt ?? services.Now : current.Status.StartedAt,
                },
            }, cancellationToken);

    private async Task FinishAsync(VolumeOperationResource operation, string phase, string message, IReadOnlyList<string> damage, CancellationToken cancellationToken)
    {
        var condition = new Condition("Complete", Condition.True, phase, message);
        var written = await services.Store.ChangeAsync<VolumeOperationResource>(ResourceKey.Of(operation), status: true, current => current with
        {
            Status = current.Status with
            {
                Phase = phase, Message = message, Damage = damage, FinishedAt = services.Now, Conditions = current.Status.Conditions.With(condition, services.Now),
            },
        }, cancellationToken);
        if (written is not null)
            await services.Events.RecordAsync(
                written, warning: phase == OperationPhase.Failed, phase, $"{operation.Spec.Operation} {Subject(operation)}: {(message.Length > 0 ? message : "done.")}", Name, cancellationToken);
    }

    private static string Subject(VolumeOperationResource operation) =>
        operation.Spec.VolumeName.Length > 0 ? $"of volume '{operation.Spec.VolumeName}'"
        : operation.Spec.BackupName.Length > 0 ? $"of backup '{operation.Spec.BackupName}'"
        : $"of backup target '{operation.Spec.BackupTargetName}'";

    private async ValueTask<ReconcileResult> RemoveInTimeAsync(VolumeOperationResource operation, CancellationToken cancellationToken)
    {
        var ttl = operation.Spec.TtlSecondsAfterFinished > 0 ? TimeSpan.FromSeconds(operation.Spec.TtlSecondsAfterFinished) : DefaultTtl;
        var left = (operation.Status.FinishedAt ?? services.Now) + ttl - services.Now;
        if (left > TimeSpan.Zero)
            return ReconcileResult.After(left);
        await services.Store.DeleteAsync(ResourceKey.Of(operation), new DeletePreconditions(operation.Metadata.Uid, null), cancellationToken);
        return ReconcileResult.Done;
    }
}

/// <summary>What an operation has to say when it has ended.</summary>
internal sealed class OperationOutcome
{
    public string Message { get; set; } = "";

    public IReadOnlyList<string> Damage { get; set; } = [];

    public Func<long>? Pulse { get; set; }
}
