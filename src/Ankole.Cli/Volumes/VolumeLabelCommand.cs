using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume label</c>: sets and removes labels, those that bring recurring jobs among them.</summary>
internal static class VolumeLabelCommand
{
    public static Command Create()
    {
        var name = VolumeCommand.Name();
        var changes = new Argument<string[]>("LABEL") { Description = "KEY=VALUE sets, KEY- removes.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("label", "Set and remove labels of a volume.") { name, changes }.WithExamples("ankole volume label data tier=gold old-");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var wanted = context.Parse.GetRequiredValue(changes);
            var volume = await server.ChangeAsync(Kinds.Volume, context.Parse.GetRequiredValue(name), before => Labelled(before, wanted), cancellationToken);
            context.PrintDone(volume, $"Volume {volume.Name} has labels {string.Join(' ', volume.Metadata.Labels.Select(label => $"{label.Key}={label.Value}"))}".TrimEnd() + ".");
        });
        return command;
    }

    private static VolumeResource Labelled(VolumeResource volume, IEnumerable<string> changes)
    {
        var labels = new Dictionary<string, string>(volume.Metadata.Labels);
        foreach (var change in changes)
        {
            var equals = change.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                labels[change[..equals]] = change[(equals + 1)..];
            else if (change.Length > 1 && change[^1] == '-')
                labels.Remove(change[..^1]);
            else
                throw new InvalidInputException($"'{change}' is no change of a label: write KEY=VALUE to set it, KEY- to remove it.");
        }
        return volume with { Metadata = volume.Metadata with { Labels = labels } };
    }
}
