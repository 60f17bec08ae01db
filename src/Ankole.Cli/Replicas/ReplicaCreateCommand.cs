using System.CommandLine;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

internal static class ReplicaCreateCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A new or empty directory." };
        var size = new Option<string>("--size") { Description = "The volume's size, a multiple of 2Mi: 10Gi.", HelpName = "SIZE", Required = true };
        var command = new Command("create", "Create an empty volume.") { directory, size };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var sizeBytes = ByteSize.Parse(context.Parse.GetRequiredValue(size));
            await Replica.CreateAsync(path, sizeBytes, new ReplicaOptions { Clock = context.Time }, cancellationToken);
            context.Print(
                new ReplicaChangeOutput(path, "created", null, sizeBytes), CliJson.Readable.ReplicaChangeOutput,
                (writer, _) => writer.WriteLine($"Created a volume of {ByteSize.Format(sizeBytes)} in {path}."));
        });
        return command;
    }
}
