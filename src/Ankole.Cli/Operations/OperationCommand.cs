using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Operations;

/// <summary><c>ankole operation …</c>: reverts, purges, trims, expansions and verifications, as they run.</summary>
internal static class OperationCommand
{
    public static Command Create() => new Command("operation", "What takes time and ends: reverts, purges, trims, expansions, verifications.")
    {
        ListCommand.Create("ls", "List operations, running and ended ones.", Kinds.VolumeOperation, "spec.volumeName"),
        ShowCommand.Create("Show an operation: how far it is, what it did, why it failed.", Kinds.VolumeOperation),
        CreateCancel(),
        RemoveCommand.Create("Remove an operation's record; a running one is cancelled.", Kinds.VolumeOperation, (_, _, _) => Loss.Nothing),
    }.OnServer();

    private static Command CreateCancel()
    {
        var name = new Argument<string>("NAME") { Description = "The operation's name." }.Completes(Kinds.VolumeOperation);
        var command = new Command("cancel", "Ask a running operation to stop.") { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var operation = await server.ChangeAsync(
                Kinds.VolumeOperation, context.Parse.GetRequiredValue(name),
                before => OperationPhase.IsFinal(before.Status.Phase) || before.Spec.Cancel ? before : before with { Spec = before.Spec with { Cancel = true } }, cancellationToken);
            context.PrintDone(operation, operation.Spec.Cancel ? $"Operation {operation.Name} is asked to stop." : $"Operation {operation.Name} has ended already: {operation.Status.Phase}.");
        });
        return command;
    }
}
