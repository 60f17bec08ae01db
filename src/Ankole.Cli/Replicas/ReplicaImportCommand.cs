using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica import</c>: makes a volume's head equal to a source by writing only what differs.</summary>
internal static class ReplicaImportCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var from = new Option<string>("--from") { Description = "A raw file, a block device, an NBD URI, or replica:DIR@SNAPSHOT.", HelpName = "SOURCE", Required = true };
        var command = new Command("import", "Make a volume's bytes those of a source; only what differs is written, snapshots stay.") { directory, from };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var text = context.Parse.GetRequiredValue(from);
            await using var source = await SourceOpener.OpenAsync(context, Endpoint.Parse(text), snapshot: null, cancellationToken);
            await using var replica = await ReplicaAccess.OpenAsync(context, path, cancellationToken);
            long written;
            await using (var progress = context.StartProgress("import"))
                written = await BlockUpdate.UpdateAsync(source, replica, progress, cancellationToken);
            context.Print(
                new ImportDoneOutput(text, path, source.SizeBytes, written), CliJson.Readable.ImportDoneOutput,
                (writer, done) => writer.WriteLine($"Imported {ByteSize.Format(done.SizeBytes)}, of which {ByteSize.Format(done.BytesWritten)} differed and were written."));
        });
        return command;
    }
}
