using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store inspect</c>: everything recorded about a volume or a backup.</summary>
internal static class StoreInspectCommand
{
    public static Command Create()
    {
        var url = StoreArguments.Url("A volume's or a backup's URL: TARGET?volume=NAME or TARGET?backup=NAME&volume=NAME.");
        var command = new Command("inspect", "Show everything recorded about a volume or a backup.") { url };
        command.Runs(async (context, cancellationToken) =>
        {
            var parsed = BackupUrl.Parse(context.Parse.GetRequiredValue(url));
            await using var store = OpenStore.Open(context, parsed.Target);
            if (parsed.Backup is { } backup)
            {
                var inspection = await store.Backups.InspectBackupAsync(parsed.Volume!, backup, cancellationToken);
                context.Print(BackupOutput.Of(inspection, parsed.ToString()), CliJson.Readable.BackupOutput, WriteBackup);
            }
            else
            {
                var inspection = await store.Backups.InspectVolumeAsync(parsed.Volume!, cancellationToken);
                context.Print(VolumeOutput.Of(inspection, parsed.ToString()), CliJson.Readable.VolumeOutput, WriteVolume);
            }
        });
        return command;
    }

    private static void WriteBackup(TextWriter writer, BackupOutput backup)
    {
        writer.WriteLine($"Backup         {backup.Name}{(backup.IsFinished ? "" : "  (unfinished: it cannot be restored)")}");
        writer.WriteLine($"Volume         {backup.Volume}");
        writer.WriteLine($"Snapshot       {backup.SnapshotName}, backup started {backup.SnapshotCreatedAt}");
        writer.WriteLine($"Completed      {backup.CreatedAt}");
        writer.WriteLine($"Size           {ByteSize.Format(backup.SizeBytes)} in {backup.BlockCount} blocks of {ByteSize.Format(backup.BlockSizeBytes)}");
        writer.WriteLine($"Kind           {(backup.IsIncremental ? "incremental" : "full")}, {backup.CompressionMethod}");
        writer.WriteLine($"New data       {ByteSize.Format(backup.NewlyUploadedBytes)}, sent again {ByteSize.Format(backup.ReUploadedBytes)}");
        WriteMap(writer, "Label", backup.Labels);
        WriteMap(writer, "Parameter", backup.Parameters);
        writer.WriteLine($"URL            {backup.Url}");
    }

    private static void WriteVolume(TextWriter writer, VolumeOutput volume)
    {
        writer.WriteLine($"Volume         {volume.Name}");
        writer.WriteLine($"Size           {ByteSize.Format(volume.SizeBytes)} ({volume.SizeBytes} bytes)");
        writer.WriteLine($"In the store   since {volume.CreatedAt}, {volume.BlockCount} blocks, {volume.CompressionMethod}, engine {volume.DataEngine}");
        writer.WriteLine($"Last backup    {(volume.LastBackupName.Length == 0 ? "none" : $"{volume.LastBackupName}, started {volume.LastBackupAt}")}");
        if (volume.BackingImageName.Length > 0)
            writer.WriteLine($"Backing image  {volume.BackingImageName}");
        WriteMap(writer, "Label", volume.Labels);
        writer.WriteLine($"Backups        {volume.Backups.Count}{(volume.Backups.Count == 0 ? "" : ": " + string.Join(", ", volume.Backups))}");
        writer.WriteLine($"URL            {volume.Url}");
    }

    private static void WriteMap(TextWriter writer, string title, IReadOnlyDictionary<string, string> map)
    {
        foreach (var (key, value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.WriteLine($"{title,-13}  {key}={value}");
    }
}
