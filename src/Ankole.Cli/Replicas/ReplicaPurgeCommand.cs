using System.CommandLine;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

internal static class ReplicaPurgeCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var command = new Command("purge", "Free the space of removed and system snapshots. May be interrupted and run again at any time.") { directory };
        command.Runs(async (context, cancellationToken) =>
        {
            await using var replica = await ReplicaAccess.CommandAsync(context, context.Parse.GetRequiredValue(directory), cancellationToken);
            PurgeResult result;
            await using (var progress = context.StartProgress("purge"))
                result = await replica.PurgeAsync(progress, cancellationToken);
            context.Print(result, CliJson.Readable.PurgeResult, Write);
        });
        return command;
    }

    private static void Write(TextWriter writer, PurgeResult result)
    {
        writer.WriteLine($"Purged {(result.Deleted.Count == 0 ? "no snapshot" : string.Join(", ", result.Deleted))}; {ByteSize.Format(result.FreedBytes)} freed.");
        foreach (var pruned in result.Pruned)
            writer.WriteLine($"  {pruned} lost what the head hides; it goes after the next snapshot");
        foreach (var waiting in result.Waiting)
            writer.WriteLine($"  {waiting.Name} stays for now: {waiting.Reason}");
    }
}
