using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store verify</c>: can every backup be restored? Exit code 3 and a list when not.</summary>
internal static class StoreVerifyCommand
{
    public static Command Create()
    {
        var url = StoreArguments.Url("A target, a volume's URL, or a backup's URL.");
        var quick = new Option<bool>("--quick") { Description = "Check that every block is there, but do not read them." };
        var limitRate = StoreArguments.LimitRate();
        var command = new Command("verify", "Read every block that a backup needs and check it. Exit code 3 when something is damaged.") { url, quick, limitRate };
        command.RunsWithExitCode(async (context, cancellationToken) =>
        {
            var parsed = BackupUrl.ParseAny(context.Parse.GetRequiredValue(url));
            await using var store = OpenStore.Open(context, parsed.Target, limitRate);
            VerificationReport report;
            await using (var progress = context.StartProgress("verify"))
                report = await store.Backups.VerifyAsync(parsed.Volume, parsed.Backup, deep: !context.Parse.GetValue(quick), progress, cancellationToken);
            context.Print(VerificationOutput.Of(report), CliJson.Readable.VerificationOutput, Write);
            return report.IsClean ? 0 : (int)ErrorKind.Damaged;
        });
        return command;
    }

    private static void Write(TextWriter writer, VerificationOutput report)
    {
        writer.WriteLine(
            $"Checked {report.Backups} backups of {report.Volumes} volumes, {report.Blocks} blocks{(report.IsDeep ? ", each read" : " (presence only)")}: "
            + (report.IsClean ? "everything is sound." : $"{report.Damage.Count} objects are damaged."));
        foreach (var damaged in report.Damage)
        {
            writer.WriteLine($"  {damaged.Problem}");
            if (damaged.Backups.Count > 0)
                writer.WriteLine($"    cannot be restored: {string.Join(", ", damaged.Backups)}");
        }
        foreach (var note in report.Notes)
            writer.WriteLine($"  note: {note}");
        if (!report.IsClean)
            writer.WriteLine("  'ankole store backup … --mode full' sends every block again and heals damaged ones that the volume still has.");
    }
}

internal sealed record VerificationOutput(
    bool IsClean, bool IsDeep, int Volumes, int Backups, int BackingImages, int SystemBackups, long Blocks, IReadOnlyList<DamagedObject> Damage,
    IReadOnlyList<string> Notes, StatisticsOutput Statistics)
{
    public static VerificationOutput Of(VerificationReport report) => new(
        report.IsClean, report.IsDeep, report.Volumes, report.Backups, report.BackingImages, report.SystemBackups, report.Blocks, report.Damage,
        report.Notes, StatisticsOutput.Of(report.Statistics));
}
