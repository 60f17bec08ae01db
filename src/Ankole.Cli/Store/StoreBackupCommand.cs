using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store backup</c>: takes a backup of anything that can be read.</summary>
internal static class StoreBackupCommand
{
    private static readonly Argument<string> Source = new("SOURCE")
    {
        Description = "A raw file, a block device, nbd://HOST/EXPORT, nbd+unix:///EXPORT?socket=PATH, or replica:DIR[@SNAPSHOT].",
    };

    private static readonly Argument<string> Target = StoreArguments.Target();

    private static readonly Option<string> Volume = new("--volume") { Description = "The volume's name in the store.", HelpName = "NAME", Required = true };

    private static readonly Option<string?> Name = new("--backup") { Description = "The backup's name (default: generated).", HelpName = "NAME" };

    private static readonly Option<string?> Snapshot = new("--snapshot")
    {
        Description = "The snapshot's name to record; for replica:DIR without @SNAPSHOT, the one to take (default: generated).", HelpName = "NAME",
    };

    private static readonly Option<string[]> Labels = new("--label") { Description = "A label; may be given several times.", HelpName = "KEY=VALUE" };

    private static readonly Option<string> Compression = new("--compression")
    {
        Description = "lz4, gzip or none, for a new volume; an existing one keeps its own.", HelpName = "METHOD", DefaultValueFactory = _ => "lz4",
    };

    private static readonly Option<string?> BlockSize = new("--block-size")
    {
        Description = "2Mi (every Longhorn release) or 16Mi (1.10 and later); default: as the volume's last backup, 2Mi for a new volume.", HelpName = "SIZE",
    };

    private static readonly Option<string> Mode = new("--mode")
    {
        Description = "incremental sends what is new; full sends everything again, which heals damaged blocks.",
        HelpName = "MODE", DefaultValueFactory = _ => "incremental",
    };

    private static readonly Option<bool> Stats = new("--stats") { Description = "Say what was read, sent and asked." };

    private static readonly Option<string?> LimitRate = StoreArguments.LimitRate();

    public static Command Create()
    {
        Compression.CompletionSources.Add("lz4", "gzip", "none");
        BlockSize.CompletionSources.Add("2Mi", "16Mi");
        Mode.CompletionSources.Add("incremental", "full");
        var command = new Command("backup", "Back up a volume: incremental by itself from the second time on. An interrupted backup is run again.")
        {
            Source, Target, Volume, Name, Snapshot, Labels, Compression, BlockSize, Mode, Stats, LimitRate,
        };
        command.Runs(RunAsync);
        return command;
    }

    private static async Task RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var parse = context.Parse;
        var request = Request(parse);
        var endpoint = Endpoint.Parse(parse.GetRequiredValue(Source));
        await using var store = OpenStore.Open(context, TargetUrl.Parse(parse.GetRequiredValue(Target)), LimitRate);
        await using var source = await SourceOpener.OpenAsync(context, endpoint, parse.GetValue(Snapshot), cancellationToken);
        BackupResult result;
        await using (var progress = context.StartProgress("backup"))
            result = await store.Backups.BackUpAsync(request, source, progress, cancellationToken);
        var output = new BackupDoneOutput(
            result.Volume, result.Backup, store.UrlOf(result.Volume, result.Backup), result.VolumeSizeBytes, result.Blocks, result.IsIncremental,
            result.Base, result.BaseReason, result.Notes, StatisticsOutput.Of(result.Statistics));
        context.Print(output, CliJson.Readable.BackupDoneOutput, (writer, done) => Write(writer, done, parse.GetValue(Stats)));
    }

    private static BackupRequest Request(ParseResult parse) => new()
    {
        Volume = ObjectName.Check("volume", parse.GetRequiredValue(Volume)),
        Backup = parse.GetValue(Name) is { } name ? ObjectName.Check("backup", name) : null,
        SnapshotName = parse.GetValue(Snapshot) is { } snapshot ? ObjectName.Check("snapshot", snapshot) : null,
        Labels = LabelOption.Parse(parse.GetValue(Labels) ?? []),
        Compression = CompressionMethods.Parse(parse.GetRequiredValue(Compression)),
        BlockSize = parse.GetValue(BlockSize) is { } size ? ParseBlockSize(size) : null,
        Mode = ParseMode(parse.GetRequiredValue(Mode)),
    };

    private static int ParseBlockSize(string text) => ByteSize.Parse(text) switch
    {
        2 << 20 => 2 << 20,
        16 << 20 => 16 << 20,
        _ => throw new InvalidInputException($"a block size of '{text}' is not supported: use 2Mi or 16Mi."),
    };

    private static BackupMode ParseMode(string text) => text switch
    {
        "incremental" => BackupMode.Incremental,
        "full" => BackupMode.Full,
        _ => throw new InvalidInputException($"backup mode '{text}' is not known: use incremental or full."),
    };

    private static void Write(TextWriter writer, BackupDoneOutput done, bool withStatistics)
    {
        var kind = done.IsIncremental ? $"incremental since {done.Base}" : "complete";
        writer.WriteLine($"Backup {done.Backup} of volume {done.Volume} is finished: {kind}, {ByteSize.Format(done.Statistics.BytesSent)} sent.");
        if (withStatistics)
        {
            writer.WriteLine($"  {done.BaseReason}");
            StatisticsText.Write(writer, done.Statistics);
        }
        foreach (var note in done.Notes)
            writer.WriteLine($"  note: {note}");
        writer.WriteLine($"  {done.Url}");
    }
}
