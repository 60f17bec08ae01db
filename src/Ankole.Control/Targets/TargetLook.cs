using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Control;

/// <summary>One look at a target: a full test when its URL or credentials are new, then what it holds.</summary>
internal sealed class TargetLook(ControllerServices services, TargetSync sync, BackupTargetResource target, TargetConnection connection, bool isNew)
{
    private BackupstoreLease? lease;

    public TargetUrl Url => connection.Url;

    public IReadOnlyList<ProbeStepStatus> Steps { get; private set; } = [];

    /// <summary>It answered; what failed later is not the way to it.</summary>
    public bool IsReachable { get; private set; }

    public bool IsProbing { get; private set; }

    public int Volumes { get; private set; }

    public string Less { get; private set; } = "";

    public long Pulse => lease?.Pulse ?? 0;

    public async Task RunAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        if (isNew)
            await ProbeAsync(meter, cancellationToken);
        lease = await services.Clients.OpenAsync(target, connection, cancellationToken);
        await using (lease)
        {
            (Volumes, Less) = await sync.SyncAsync(lease, meter, cancellationToken);
            IsReachable = true;
        }
    }

    private async Task ProbeAsync(TransferMeter meter, CancellationToken cancellationToken)
    {
        IsProbing = true;
        var steps = new List<ProbeStepStatus>();
        await foreach (var step in services.Clients.Factory.ProbeAsync(connection.Url, connection.Credentials, cancellationToken))
        {
            meter.Report(new OperationProgress($"testing: {step.Name}", steps.Count, 0));
            steps.Add(new ProbeStepStatus(step.Name, step.Result.ToString().ToLowerInvariant(), step.Detail, Math.Round(step.Elapsed.TotalSeconds, 3)));
            Steps = [.. steps];
        }
        if (steps.Find(step => step.Result == "failed") is { } failed)
            throw new AnkoleException(ErrorKind.Unavailable, $"{failed.Name}: {failed.Detail}");
        IsReachable = true;
        IsProbing = false;
        await services.Store.ChangeAsync<BackupTargetResource>(ResourceKey.Of(target), status: true, current => current with
        {
            Status = current.Status with
            {
                Available = true, Probe = Steps,
                Conditions = current.Status.Conditions.With(new Condition("Unavailable", Condition.False, "Available", ""), services.Now),
            },
        }, cancellationToken);
    }
}
