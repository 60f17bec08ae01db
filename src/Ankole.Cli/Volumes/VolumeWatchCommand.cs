using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume watch</c>: a line for each change of a volume, or of all.</summary>
internal static class VolumeWatchCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("VOLUME") { Description = "Only this one.", Arity = ArgumentArity.ZeroOrOne }.Completes(Kinds.Volume);
        var command = new Command("watch", "Print a line for each change of a volume, or of all, until Ctrl-C.") { name };
        command.RunsOnServer((context, server, cancellationToken) => ChangeFeed.PrintAsync(context, server, new ResourceQuery(Kinds.Volume)
        {
            Fields = context.Parse.GetValue(name) is { } only ? [new FieldRequirement("metadata.name", only)] : [],
        }, cancellationToken));
        return command;
    }
}
