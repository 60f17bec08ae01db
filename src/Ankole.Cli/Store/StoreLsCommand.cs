using System.CommandLine;
using Ankole.Backup;
using Ankole.Core;

namespace Ankole.Cli.Store;

/// <summary><c>ankole store ls</c>: what a store holds, or one volume's backups.</summary>
internal static class StoreLsCommand
{
    public static Command Create()
    {
        var target = StoreArguments.Target();
        var volume = new Option<string?>("--volume") { Description = "List this volume's backups.", HelpName = "NAME" };
        var command = new Command("ls", "List the volumes of a store, or the backups of one volume.") { target, volume };
        command.Runs(async (context, cancellationToken) =>
        {
            var url = BackupUrl.ParseAny(context.Parse.GetRequiredValue(target));
            await using var store = OpenStore.Open(context, url.Target);
            if ((context.Parse.GetValue(volume) ?? url.Volume) is { } name)
                await ListBackupsAsync(context, store, name, cancellationToken);
            else
                await ListVolumesAsync(context, store, cancellationToken);
        });
        return command;
    }

    private static async Task ListVolumesAsync(CommandContext context, OpenStore store, CancellationToken cancellationToken)
    {
        var volumes = await store.Backups.ListVolumesAsync(withBackups: true, cancellationToken);
        var images = await store.Backups.ListBackingImagesAsync(cancellationToken);
        var systemBackups = await store.Backups.ListSystemBackupsAsync(cancellationToken);
        var output = new StoreListOutput(
            store.Target.ToString(), [.. volumes.Select(VolumeListOutput.Of)], images, [.. systemBackups.Select(backup => $"{backup.Version}/{backup.Name}")]);
        context.Print(output, CliJson.Readable.StoreListOutput, WriteVolumes);
    }

    private static async Task ListBackupsAsync(CommandContext context, OpenStore store, string volume, CancellationToken cancellationToken)
    {
        var inspection = await store.Backups.InspectVolumeAsync(volume, cancellationToken);
        var output = new BackupListOutput(volume, [.. inspection.Backups.Select(backup => BackupOutput.Of(backup, store.UrlOf(volume, backup.Name)))]);
        context.Print(output, CliJson.Readable.BackupListOutput, WriteBackups);
    }

    private static void WriteVolumes(TextWriter writer, StoreListOutput store)
    {
        if (store.Volumes.Count == 0)
            writer.WriteLine($"No volumes in {store.Target}.");
        else
            TextTable.Write(writer, ["VOLUME", "SIZE", "BACKUPS", "LAST BACKUP", "AT", "NOTE"], [.. store.Volumes.Select(Row)]);
        foreach (var image in store.BackingImages)
            writer.WriteLine($"backing image {image}");
        foreach (var backup in store.SystemBackups)
            writer.WriteLine($"system backup {backup}");
    }

    private static string[] Row(VolumeListOutput volume) =>
    [
        volume.Name, volume.SizeBytes is { } size ? ByteSize.Format(size) : "", $"{volume.Backups.Count}", volume.LastBackupName, volume.LastBackupAt,
        volume.Problem ?? "",
    ];

    private static void WriteBackups(TextWriter writer, BackupListOutput volume)
    {
        if (volume.Backups.Count == 0)
            writer.WriteLine($"No backups of volume {volume.Volume}.");
        else
            TextTable.Write(writer, ["BACKUP", "SNAPSHOT", "CREATED", "SIZE", "NEW DATA", "KIND", "NOTE"], [.. volume.Backups.Select(Row)]);
    }

    private static string[] Row(BackupOutput backup) =>
    [
        backup.Name, backup.SnapshotName, backup.CreatedAt, ByteSize.Format(backup.SizeBytes),
        ByteSize.Format(backup.NewlyUploadedBytes + backup.ReUploadedBytes), backup.IsIncremental ? "incremental" : "full",
        backup.Problem ?? (backup.IsFinished ? "" : "unfinished"),
    ];
}
