using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume activate</c>: a standby volume takes the newest backup and becomes an ordinary volume.</summary>
internal static class VolumeActivateCommand
{
    public static Command Create()
    {
        var name = VolumeCommand.Name();
        var wait = WaitOptions.Create("Wait until it has the newest backup and can be attached.");
        var command = new Command("activate", "Make a standby volume an ordinary one: it takes the newest backup, then follows no more.") { name, wait.Wait, wait.Timeout };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var volume = await server.ChangeAsync(Kinds.Volume, context.Parse.GetRequiredValue(name), Activated, cancellationToken);
            if (wait.IsWanted(context.Parse))
                volume = await ResourceWait.UntilAsync<VolumeResource>(context, server, ResourceKey.Of(volume), "activate", Judge, wait.Limit(context.Parse), cancellationToken);
            context.PrintDone(volume, wait.IsWanted(context.Parse)
                ? $"Volume {volume.Name} is active with backup {volume.Status.LastRestoredBackup}."
                : $"Volume {volume.Name} is being activated: 'ankole volume show {volume.Name}' says how far it is.");
        });
        return command;
    }

    private static VolumeResource Activated(VolumeResource volume) => volume.Spec.Standby
        ? volume with { Spec = volume.Spec with { Standby = false, Frontend = "nbd" } }
        : throw new AnkoleException(ErrorKind.Refused, $"volume '{volume.Name}' is no standby volume{(volume.Status.IsStandby ? " any more: it is being activated" : "")}.");

    private static WaitState Judge(VolumeResource volume)
    {
        if (volume.Status.Conditions.Find("Restore") is { Reason: "RestoreFailure" } failure)
            return WaitState.Failed(failure.Message);
        return volume.Status is { IsStandby: false, RestoreRequired: false } ? WaitState.Done : WaitState.Going("taking the newest backup", volume.Status.Restore);
    }
}
