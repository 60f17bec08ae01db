using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store rm</c>: deletes a backup, or a volume with all of them, and the blocks nobody needs any more.</summary>
internal static class StoreRmCommand
{
    public static Command Create()
    {
        var url = StoreArguments.Url("A backup's URL, or a volume's (TARGET?volume=NAME) to delete all its backups.");
        var dryRun = StoreArguments.DryRun();
        var stats = new Option<bool>("--stats") { Description = "Say what was asked of the store." };
        var command = new Command("rm", "Delete a backup, or a volume with all its backups. Blocks that other backups need stay.") { url, dryRun, stats };
        command.Runs(async (context, cancellationToken) =>
        {
            var parsed = BackupUrl.Parse(context.Parse.GetRequiredValue(url));
            await using var store = OpenStore.Open(context, parsed.Target);
            DeletionReport report;
            await using (var progress = context.StartProgress("delete"))
                report = parsed.Backup is { } backup
                    ? await store.Backups.DeleteBackupAsync(parsed.Volume!, backup, context.Parse.GetValue(dryRun), progress, cancellationToken)
                    : await store.Backups.DeleteVolumeAsync(parsed.Volume!, context.Parse.GetValue(dryRun), progress, cancellationToken);
            context.Print(DeletionOutput.Of(report), CliJson.Readable.DeletionOutput, (writer, output) => Write(writer, output, context.Parse.GetValue(stats)));
        });
        return command;
    }

    private static void Write(TextWriter writer, DeletionOutput report, bool withStatistics)
    {
        var verb = report.IsDryRun ? "Would delete" : "Deleted";
        writer.WriteLine(
            $"{verb} {(report.Backups.Count == 0 ? "no backup" : string.Join(", ", report.Backups))} of volume {report.Volume}: "
            + $"{report.BlockCount} blocks, {ByteSize.Format(report.FreedBytes)} {(report.IsDryRun ? "would be " : "")}freed.");
        if (report.BlocksKeptBecause is { } reason)
            writer.WriteLine($"  blocks were kept: {reason}");
        if (withStatistics)
            StatisticsText.Write(writer, report.Statistics);
        foreach (var note in report.Notes)
            writer.WriteLine($"  note: {note}");
    }
}

/// <param name="BlocksKeptBecause">Null when every block nobody needs went too.</param>
internal sealed record DeletionOutput(
    string Volume, IReadOnlyList<string> Backups, bool IsDryRun, long BlockCount, long FreedBytes, string? BlocksKeptBecause, string LastBackupName,
    IReadOnlyList<string> Notes, StatisticsOutput Statistics)
{
    public static DeletionOutput Of(DeletionReport report) => new(
        report.Volume, report.Backups, report.IsDryRun, report.Blocks, report.Bytes, report.BlocksKeptBecause, report.LastBackupName, report.Notes,
        StatisticsOutput.Of(report.Statistics));
}
