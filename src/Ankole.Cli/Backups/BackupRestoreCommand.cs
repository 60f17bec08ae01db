using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Cli.Volumes;
using Ankole.Control;

namespace Ankole.Cli.Backups;

/// <summary><c>ankole backup restore</c>: a new volume with a backup's bytes.</summary>
internal static class BackupRestoreCommand
{
    public static Command Create()
    {
        var backup = new Argument<string>("BACKUP") { Description = "A Backup's name, or TARGET?backup=NAME&volume=NAME." }.Completes(Kinds.Backup);
        var volume = new Argument<string>("VOLUME") { Description = "The new volume's name." };
        var standby = new Option<bool>("--standby") { Description = "Follow the newest backup of that volume until 'ankole volume activate'." };
        var attach = new Option<bool>("--attach") { Description = "Attach it as soon as it is restored." };
        var wait = WaitOptions.Create("Wait until it is restored, showing how far it is.");
        var command = new Command("restore", "Restore a backup into a new volume.") { backup, volume, standby, attach, wait.Wait, wait.Timeout }.WithExamples(
            "ankole backup restore backup-1a2b3c4d5e6f4081 data-copy --wait",
            "ankole backup restore 's3://bucket@region/?backup=backup-1a2b3c4d5e6f4081&volume=data' data-here --standby");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var url = await BackupReference.UrlOfAsync(server, context.Parse.GetRequiredValue(backup), cancellationToken);
            var restored = new VolumeResource
            {
                Metadata = new ObjectMeta { Name = context.Parse.GetRequiredValue(volume) },
                Spec = new VolumeSpec { FromBackup = url, Standby = context.Parse.GetValue(standby) },
            };
            if (context.Parse.GetValue(attach))
                restored = VolumeTickets.Attached(restored, await VolumeTickets.NodeAsync(server, null, cancellationToken));
            await VolumeCreation.RunAsync(context, server, restored, wait, cancellationToken);
        });
        return command;
    }
}
