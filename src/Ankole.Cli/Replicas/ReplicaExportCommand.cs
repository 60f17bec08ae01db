using System.CommandLine;
using Ankole.Core;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica export</c>: a volume's bytes, at its head or a snapshot, to anywhere. Reads only.</summary>
internal static class ReplicaExportCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var snapshot = new Option<string?>("--snapshot") { Description = "The snapshot to export (default: the volume's present bytes).", HelpName = "NAME" };
        var to = new Option<string>("--to") { Description = "A new file, a block device, an NBD URI, or replica:DIR.", HelpName = "DEST", Required = true };
        var force = new Option<bool>("--force") { Description = "Overwrite a destination that exists or holds data." };
        var command = new Command("export", "Write a volume's bytes to a raw file or another destination. Changes nothing in the directory.")
        {
            directory, snapshot, to, force,
        };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var endpoint = Endpoint.Parse(context.Parse.GetRequiredValue(to));
            var reader = ReplicaAccess.Read(context, path);
            await using var source = context.Parse.GetValue(snapshot) is { } name ? reader.OpenSnapshot(name) : reader.OpenHead();
            await using var destination = await Destination.OpenAsync(endpoint, source.SizeBytes, context.Parse.GetValue(force), cancellationToken);
            await using (var progress = context.StartProgress("export"))
                await BlockCopy.CopyAsync(source, destination.Device, destination.IsZero, progress, cancellationToken);
            await destination.CompleteAsync();
            context.Print(
                new ExportDoneOutput(path, destination.Name, source.SizeBytes), CliJson.Readable.ExportDoneOutput,
                (writer, done) => writer.WriteLine($"Exported {ByteSize.Format(done.SizeBytes)} to {done.Destination}."));
        });
        return command;
    }
}
