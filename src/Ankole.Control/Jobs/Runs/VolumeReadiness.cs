namespace Ankole.Control;

/// <summary>Whether a volume takes part in a run.</summary>
internal static class VolumeReadiness
{
    /// <summary>
    /// How long a volume that somebody wants attached, or that changes its state just now, is waited for: after the daemon's start volumes come
    /// back one after the other, and a run that was missed should not miss them again.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Null when the job may work on it, otherwise why it is left out, for people.</summary>
    /// <exception cref="JobFailedException">It is gone.</exception>
    public static async ValueTask<string?> ReasonToSkipAsync(JobOnVolume job, CancellationToken cancellationToken)
    {
        var volume = await job.ReadVolumeAsync(cancellationToken);
        if (ReasonWhateverItsState(volume) is { } reason)
            return reason;
        var whileDetached = await job.Services.Store.ReadBooleanAsync(SettingCatalog.AllowRecurringJobWhileVolumeDetached, cancellationToken);
        if (IsReady(volume, whileDetached))
            return null;
        var isOnItsWay = volume.Spec.AttachmentTickets.Count > 0 || (whileDetached && volume.Status.State != VolumeState.Deleting);
        return isOnItsWay
            ? await WaitAsync(job, whileDetached, cancellationToken)
            : $"it is not attached. Attach it, or set {SettingCatalog.AllowRecurringJobWhileVolumeDetached.Name} to true.";
    }

    private static async ValueTask<string?> WaitAsync(JobOnVolume job, bool whileDetached, CancellationToken cancellationToken)
    {
        try
        {
            var settled = (VolumeResource?)await job.Services.Waiter.WaitAsync(
                job.VolumeKey,
                resource => resource is not VolumeResource volume || ReasonWhateverItsState(volume) is not null || IsReady(volume, whileDetached),
                Patience, cancellationToken);
            return settled is null ? "it does not exist any more." : ReasonWhateverItsState(settled);
        }
        catch (TimeoutException)
        {
            return $"it was neither attached nor detached within {GoDuration.Format(Patience)}: look at its conditions.";
        }
    }

    private static bool IsReady(VolumeResource volume, bool whileDetached) =>
        volume.Status.State == VolumeState.Attached ||
        (whileDetached && volume.Status.State == VolumeState.Detached && volume.Spec.AttachmentTickets.Count == 0);

    private static string? ReasonWhateverItsState(VolumeResource volume) => volume switch
    {
        { IsDeleting: true } => "it is being deleted.",
        { Status.RestoreRequired: true } => "it is being restored.",
        { Status.IsStandby: true } or { Spec.Standby: true } => "it is a standby volume: activate it first.",
        { Status.Robustness: VolumeRobustness.Faulted } => "it is faulted: none of its replicas can be used.",
        _ => null,
    };
}
