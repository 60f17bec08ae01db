using Ankole.Core;

namespace Ankole.Control;

internal sealed partial class VolumeReconciler
{
    private const string InUse = "InUse";

    /// <summary>Nobody tells when a file system is unmounted.</summary>
    private static readonly TimeSpan LookAtUsersAgain = TimeSpan.FromSeconds(3);

    private async Task AttachOrDetachAsync(VolumeResource volume, ReplicaResource replica, VolumeObservation seen, CancellationToken cancellationToken)
    {
        var attached = services.Engine.FindAttached(volume.Name) ?? await ServeDeviceLeftAsync(volume, replica, cancellationToken);
        var decision = AttachmentDecision.Decide(volume.Spec.AttachmentTickets, services.Host.NodeName, attached?.HasFrontend);
        if (!decision.Attach && attached is not null)
        {
            await ShowStateAsync(volume, VolumeState.Detaching, cancellationToken);
            if (await TryDetachAsync(volume, cancellationToken) is { } reason)
            {
                seen.Tickets = decision.Statuses;
                ShowAttachment(volume, seen, attached, inUse: reason);
                seen.LookAgainAfter(LookAtUsersAgain);
                return;
            }
            attached = null;
            decision = AttachmentDecision.Decide(volume.Spec.AttachmentTickets, services.Host.NodeName, attachedWithFrontend: null);
        }
        if (decision.Attach && (attached is null || attached.HasFrontend != decision.WithFrontend))
        {
            if (attached is null && volume.Status.State != VolumeState.Attached)
                await ShowStateAsync(volume, VolumeState.Attaching, cancellationToken);
            attached = await services.Engine.AttachAsync(
                volume.Name, replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), decision.WithFrontend, cancellationToken);
        }
        seen.Tickets = decision.Statuses;
        ShowAttachment(volume, seen, attached);
        await TellAttachmentAsync(volume, seen, attached, cancellationToken);
    }

    /// <summary>
    /// What an earlier process left connected is served again before anything else, wanted or not: only then can what is mounted from it be unmounted.
    /// </summary>
    private async Task<AttachedVolume?> ServeDeviceLeftAsync(VolumeResource volume, ReplicaResource replica, CancellationToken cancellationToken) =>
        services.Engine.DevicesLeft.Contains(volume.Name)
            ? await services.Engine.AttachAsync(volume.Name, replica.Spec.DataDirectoryName, ReplicaLimits.Of(volume.Spec), withFrontend: true, cancellationToken)
            : null;

    /// <summary>Null when it is detached, otherwise who uses it. Told once, not at every look.</summary>
    private async Task<string?> TryDetachAsync(VolumeResource volume, CancellationToken cancellationToken)
    {
        try
        {
            await services.Engine.DetachAsync(volume.Name, cancellationToken);
            return null;
        }
        catch (AnkoleException e) when (e.Kind == ErrorKind.Busy)
        {
            if (volume.Status.Conditions.Find(VolumeCondition.BlockDevice) is not { Reason: InUse })
                await services.Events.RecordAsync(volume, warning: true, "FailedDetach", e.Message, Name, cancellationToken);
            return e.Message;
        }
    }

    /// <param name="inUse">Who keeps it from being detached; null when nobody does.</param>
    private void ShowAttachment(VolumeResource volume, VolumeObservation seen, AttachedVolume? attached, string? inUse = null)
    {
        if (attached is null)
        {
            if (seen.State is not VolumeState.Creating)
                seen.State = VolumeState.Detached;
            seen.Robustness = VolumeRobustness.Unknown;
            return;
        }
        seen.State = VolumeState.Attached;
        seen.CurrentNodeID = services.Host.NodeName;
        (seen.Endpoint, seen.DevicePath) = (attached.Endpoint, attached.DevicePath);
        seen.Robustness = volume.Spec.NumberOfReplicas > 1 ? VolumeRobustness.Degraded : VolumeRobustness.Healthy;
        if (attached.HasFrontend)
            seen.Conditions.Add(attached.DevicePath.Length > 0
                ? new Condition(VolumeCondition.BlockDevice, Condition.True, inUse is null ? "Connected" : InUse, inUse ?? attached.DeviceRemark)
                : new Condition(VolumeCondition.BlockDevice, Condition.False, "NoKernelDevice", attached.DeviceRemark));
    }

    private async Task TellAttachmentAsync(VolumeResource volume, VolumeObservation seen, AttachedVolume? attached, CancellationToken cancellationToken)
    {
        var was = volume.Status.CurrentNodeID.Length > 0;
        if (attached is not null && !was)
            await services.Events.RecordAsync(
                volume, warning: false, "Attached",
                $"volume '{volume.Name}' is attached to node '{services.Host.NodeName}'{(attached.HasFrontend ? $" at {attached.Endpoint}" : " without a frontend")}.", Name, cancellationToken);
        else if (attached is null && was)
            await services.Events.RecordAsync(volume, warning: false, "Detached", $"volume '{volume.Name}' is detached from node '{volume.Status.CurrentNodeID}'.", Name, cancellationToken);
        if (attached is null)
            seen.Endpoint = "";
    }

    /// <summary>What it is on its way to, for those who watch.</summary>
    private async Task ShowStateAsync(VolumeResource volume, string state, CancellationToken cancellationToken) =>
        await services.Store.ChangeAsync<VolumeResource>(
            ResourceKey.Of(volume), status: true,
            current => current.Status.State == state ? current : current with { Status = current.Status with { State = state } }, cancellationToken);
}
