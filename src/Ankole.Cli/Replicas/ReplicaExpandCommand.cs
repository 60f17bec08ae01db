using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli.Replicas;

internal static class ReplicaExpandCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var size = new Option<string>("--size") { Description = "The new size, larger than now and a multiple of 2Mi.", HelpName = "SIZE", Required = true };
        var command = new Command("expand", "Make a volume larger. NBD clients see the new size when they connect again.") { directory, size };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var sizeBytes = ByteSize.Parse(context.Parse.GetRequiredValue(size));
            await using (var replica = await ReplicaAccess.CommandAsync(context, path, cancellationToken))
                await replica.ExpandAsync(sizeBytes, cancellationToken);
            context.Print(
                new ReplicaChangeOutput(path, "expanded", null, sizeBytes), CliJson.Readable.ReplicaChangeOutput,
                (writer, _) => writer.WriteLine($"{path} has {ByteSize.Format(sizeBytes)} now."));
        });
        return command;
    }
}
