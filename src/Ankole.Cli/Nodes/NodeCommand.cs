using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Nodes;

/// <summary><c>ankole node …</c>: the hosts that keep replicas and serve volumes.</summary>
internal static class NodeCommand
{
    public static Command Create() => new Command("node", "Hosts that keep replicas: list, show, take new ones or not.")
    {
        ListCommand.Create("ls", "List nodes with their space.", Kinds.Node),
        ShowCommand.Create("Show a node.", Kinds.Node),
        CreateScheduling("cordon", "Place no new replica here; what is here stays.", allow: false),
        CreateScheduling("uncordon", "New replicas may be placed here again.", allow: true),
    }.OnServer();

    private static Command CreateScheduling(string verb, string description, bool allow)
    {
        var name = new Argument<string>("NODE") { Description = "The node's name." }.Completes(Kinds.Node);
        var command = new Command(verb, description) { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var node = await server.ChangeAsync(
                Kinds.Node, context.Parse.GetRequiredValue(name),
                before => before.Spec.AllowScheduling == allow ? before : before with { Spec = before.Spec with { AllowScheduling = allow } }, cancellationToken);
            context.PrintDone(node, allow ? $"Node {node.Name} takes new replicas." : $"Node {node.Name} takes no new replicas.");
        });
        return command;
    }
}
