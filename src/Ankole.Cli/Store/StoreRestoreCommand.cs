using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store restore</c>: brings a backup's bytes back, anywhere.</summary>
internal static class StoreRestoreCommand
{
    public static Command Create()
    {
        var url = StoreArguments.Url("The backup's URL: TARGET?backup=NAME&volume=NAME.");
        var to = new Option<string>("--to")
        {
            Description = "A new file, a block device, nbd://HOST/EXPORT, nbd+unix:///EXPORT?socket=PATH, or replica:DIR.", HelpName = "DEST", Required = true,
        };
        var force = new Option<bool>("--force") { Description = "Overwrite a destination that exists or holds data." };
        var noLock = new Option<bool>("--no-lock") { Description = "Take no lock: for a store that is full or read-only. Let nobody delete backups meanwhile." };
        var stats = new Option<bool>("--stats") { Description = "Say what was fetched, written and asked." };
        var limitRate = StoreArguments.LimitRate();
        var command = new Command("restore", "Restore a backup. The destination appears, or is reported as done, only when it is complete.")
        {
            url, to, force, noLock, stats, limitRate,
        };
        command.Runs(async (context, cancellationToken) =>
        {
            var parse = context.Parse;
            var (target, volume, backup) = StoreArguments.BackupOf(parse.GetRequiredValue(url));
            var endpoint = Endpoint.Parse(parse.GetRequiredValue(to));
            await using var store = OpenStore.Open(context, target, limitRate);
            var request = new RestoreRequest { Volume = volume, Backup = backup, TakeLock = !parse.GetValue(noLock) };
            await using var restore = await OpenStore.ToReadAsync(store.Backups.OpenRestoreAsync(request, cancellationToken));
            await using var destination = await Destination.OpenAsync(endpoint, restore.SizeBytes, parse.GetValue(force), cancellationToken);
            RestoreResult result;
            await using (var progress = context.StartProgress("restore"))
                result = await restore.RunAsync(destination.Device, destination.IsZero, progress, cancellationToken);
            await destination.CompleteAsync();
            var output = new RestoreDoneOutput(
                volume, backup, destination.Name, result.SizeBytes, result.BlocksWritten, result.Notes, StatisticsOutput.Of(result.Statistics));
            context.Print(output, CliJson.Readable.RestoreDoneOutput, (writer, done) => Write(writer, done, parse.GetValue(stats)));
        });
        return command;
    }

    private static void Write(TextWriter writer, RestoreDoneOutput done, bool withStatistics)
    {
        writer.WriteLine($"Backup {done.Backup} of volume {done.Volume} is restored to {done.Destination}: {ByteSize.Format(done.SizeBytes)}.");
        if (withStatistics)
            StatisticsText.Write(writer, done.Statistics);
        foreach (var note in done.Notes)
            writer.WriteLine($"  note: {note}");
    }
}
