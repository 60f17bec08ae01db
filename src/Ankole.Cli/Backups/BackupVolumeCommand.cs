using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Backups;

/// <summary><c>ankole backup-volume …</c>: what the backup targets hold, volume by volume, whether the volume still exists or not.</summary>
internal static class BackupVolumeCommand
{
    public static Command Create() => new Command("backup-volume", "Volumes as the backup targets hold them, with all their backups.")
    {
        ListCommand.Create("ls", "List backed-up volumes, those of other systems too.", Kinds.BackupVolume, "spec.volumeName"),
        ShowCommand.Create("Show a backed-up volume.", Kinds.BackupVolume),
        CreateSync(),
        RemoveCommand.Create("Delete a volume's backups from the backupstore, all of them.", Kinds.BackupVolume, ForeseeAsync),
    }.OnServer();

    private static Command CreateSync()
    {
        var name = new Argument<string>("NAME") { Description = "The BackupVolume's name." }.Completes(Kinds.BackupVolume);
        var command = new Command("sync", "Look at once what the target holds of this volume.") { name };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var now = context.Time.GetUtcNow();
            var volume = await server.ChangeAsync(
                Kinds.BackupVolume, context.Parse.GetRequiredValue(name), before => before with { Spec = before.Spec with { SyncRequestedAt = now } }, cancellationToken);
            context.PrintDone(volume, $"BackupVolume {volume.Name} is being read.");
        });
        return command;
    }

    private static async Task<Loss> ForeseeAsync(ServerSession server, BackupVolumeResource volume, CancellationToken cancellationToken)
    {
        var query = new ResourceQuery(Kinds.Backup) { Fields = [new FieldRequirement("spec.volumeName", volume.Spec.VolumeName)] };
        var backups = (await ListCommand.ReadAllAsync(server, query, cancellationToken)).Cast<BackupResource>()
            .Where(backup => TargetOf(backup) == volume.Spec.BackupTargetName).Select(backup => backup.Name).ToList();
        long? stored = ByteSize.TryParse(volume.Status.DataStored, out var bytes) ? bytes : null;
        return new Loss([$"{backups.Count} backups: {string.Join(", ", backups)}"], [$"volume {volume.Spec.VolumeName} itself, where it exists"], stored);
    }

    private static string TargetOf(BackupResource backup) => backup.Spec.BackupTargetName.Length > 0 ? backup.Spec.BackupTargetName : backup.Status.BackupTargetName;
}
