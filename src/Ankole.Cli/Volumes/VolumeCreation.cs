using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary>Creates a volume and waits for it to be what was asked for.</summary>
internal static class VolumeCreation
{
    public static async Task RunAsync(CommandContext context, ServerSession server, VolumeResource volume, WaitOptions wait, CancellationToken cancellationToken)
    {
        var isRestore = volume.Spec.FromBackup.Length > 0;
        var created = await server.Resources.CreateAsync(volume, cancellationToken);
        if (!wait.IsWanted(context.Parse))
        {
            context.PrintDone(created, $"Volume {created.Name} is on its way{(isRestore ? ", its bytes come from the backup" : "")}: 'ankole volume show {created.Name}' says how far it is.");
            return;
        }
        created = await ResourceWait.UntilAsync<VolumeResource>(
            context, server, ResourceKey.Of(created), isRestore ? "restore" : "create", Judge, wait.Limit(context.Parse), cancellationToken);
        context.PrintDone(created, Sentence(created));
    }

    /// <summary>A volume is there when it exists, holds its backup's bytes, and is served where somebody asked for that.</summary>
    public static WaitState Judge(VolumeResource volume)
    {
        if (volume.Status.Conditions.Find("Restore") is { Reason: "RestoreFailure" } failure)
            return WaitState.Failed(failure.Message);
        if (volume.Status.State is "" or "creating")
            return WaitState.Going("creating");
        // A volume that has not been looked at since its creation has not been told yet that a restore is required.
        if (volume.Spec.FromBackup.Length > 0 && (volume.Status.RestoreRequired || (volume.Status.LastRestoredBackup.Length == 0 && !volume.Status.IsStandby)))
            return WaitState.Going("restoring", volume.Status.Restore);
        if (volume.Status.IsStandby)
            return volume.Status.LastRestoredBackup.Length > 0 ? WaitState.Done : WaitState.Going("following", volume.Status.Restore);
        return volume.Spec.AttachmentTickets.ContainsKey(AttachmentTicketType.PersonId) ? VolumeTickets.JudgeAttached(volume) : WaitState.Done;
    }

    private static string Sentence(VolumeResource volume)
    {
        var size = ByteSize.TryParse(volume.Status.CurrentSize, out var bytes) || ByteSize.TryParse(volume.Spec.Size, out bytes) ? $" of {ByteSize.Format(bytes)}" : "";
        var from = volume.Spec.FromBackup.Length > 0 ? $", restored from {volume.Status.LastRestoredBackup}" : "";
        return volume.Status.Endpoint.Length > 0 ? $"Volume {volume.Name}{size} is there{from}.\n{VolumeTickets.Addresses(volume)}" : $"Volume {volume.Name}{size} is there{from}.";
    }
}
