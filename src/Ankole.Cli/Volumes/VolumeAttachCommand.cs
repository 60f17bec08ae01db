using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume attach</c>: has the volume served, and prints where.</summary>
internal static class VolumeAttachCommand
{
    public static Command Create()
    {
        var name = VolumeCommand.Name();
        var node = new Option<string?>("--node") { Description = "The node to attach to (default: the only one).", HelpName = "NODE" }.Completes(Kinds.Node);
        var wait = WaitOptions.Create("Wait until it is served.", isDefault: true);
        var command = new Command("attach", "Attach a volume: serve it by NBD, and print the address.") { name, node, wait.Wait, wait.Timeout }.WithExamples(
            "ankole volume attach data",
            "nbdinfo \"$(ankole volume attach data -q)\"");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var on = await VolumeTickets.NodeAsync(server, context.Parse.GetValue(node), cancellationToken);
            var volume = await server.ChangeAsync(Kinds.Volume, context.Parse.GetRequiredValue(name), before => VolumeTickets.Attached(before, on), cancellationToken);
            if (!wait.IsWanted(context.Parse))
            {
                context.PrintDone(volume, $"Volume {volume.Name} is being attached: 'ankole volume show {volume.Name}' says when and where.");
                return;
            }
            volume = await ResourceWait.UntilAsync<VolumeResource>(
                context, server, ResourceKey.Of(volume), "attach", VolumeTickets.JudgeAttached, wait.Limit(context.Parse), cancellationToken);
            context.Note($"Volume {volume.Name} is attached to {volume.Status.CurrentNodeID}:");
            context.PrintDone(volume, VolumeTickets.Addresses(volume));
        });
        return command;
    }
}
