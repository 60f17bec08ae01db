using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume detach</c>: nobody is served any more; what was written is on disk.</summary>
internal static class VolumeDetachCommand
{
    public static Command Create()
    {
        var name = VolumeCommand.Name();
        var force = new Option<bool>("--force") { Description = "Take it from everybody who wants it attached, running backups and Kubernetes included." };
        var wait = WaitOptions.Create("Wait until it is detached.", isDefault: true);
        var command = new Command("detach", "Detach a volume. NBD clients lose it; while its block device is mounted or open, it stays attached.") { name, force, wait.Wait, wait.Timeout };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var volume = await server.ChangeAsync(
                Kinds.Volume, context.Parse.GetRequiredValue(name), before => VolumeTickets.Detached(before, context.Parse.GetValue(force)), cancellationToken);
            if (volume.Spec.AttachmentTickets.Count > 0)
            {
                var holders = string.Join(", ", volume.Spec.AttachmentTickets.Values.Select(ticket => ticket.Type).Distinct());
                context.PrintDone(volume, $"Volume {volume.Name} stays attached for {holders}, and is detached when they are done.");
                return;
            }
            if (wait.IsWanted(context.Parse))
                volume = await ResourceWait.UntilAsync<VolumeResource>(context, server, ResourceKey.Of(volume), "detach", Judge, wait.Limit(context.Parse), cancellationToken);
            context.PrintDone(volume, wait.IsWanted(context.Parse) ? $"Volume {volume.Name} is detached." : $"Volume {volume.Name} is being detached.");
        });
        return command;
    }

    /// <summary>Somebody else's new wish is no failure of this one.</summary>
    private static WaitState Judge(VolumeResource volume) =>
        volume.Status.State == "detached" || volume.Spec.AttachmentTickets.Count > 0 ? WaitState.Done : WaitState.Going(UsersOf(volume) ?? "detaching");

    /// <summary>Who keeps the block device; null when nobody does.</summary>
    private static string? UsersOf(VolumeResource volume) =>
        volume.Status.Conditions.Find("BlockDevice") is { Reason: "InUse", Message: var who } ? who : null;
}
