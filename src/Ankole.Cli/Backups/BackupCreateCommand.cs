using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Cli.Volumes;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Backups;

/// <summary><c>ankole backup create</c>: stores a snapshot of a volume in a backup target.</summary>
internal static class BackupCreateCommand
{
    public static Command Create()
    {
        var volume = VolumeCommand.Name();
        var snapshot = new Option<string?>("--snapshot") { Description = "Back up this snapshot (default: one is taken now).", HelpName = "NAME" }.Completes(Kinds.Snapshot);
        var name = new Option<string?>("--name") { Description = "The backup's name (default: generated).", HelpName = "NAME" };
        var target = new Option<string?>("--target") { Description = "Where to (default: the volume's own target).", HelpName = "NAME" }.Completes(Kinds.BackupTarget);
        var full = new Option<bool>("--full") { Description = "Send every block again, which heals damaged ones (default: only what the target does not have)." };
        var labels = new Option<string[]>("--label") { Description = "Stored with the backup; may be given several times.", HelpName = "KEY=VALUE" };
        var wait = WaitOptions.Create("Wait until it is complete, showing how far it is.");
        var command = new Command("create", "Back up a volume: incremental by itself from the second time on.")
        {
            volume, snapshot, name, target, full, labels, wait.Wait, wait.Timeout,
        }.WithExamples(
            "ankole backup create data --wait",
            "ankole backup create data --snapshot before-upgrade --label why=upgrade");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var parse = context.Parse;
            var backup = await server.Resources.CreateAsync(
                new BackupResource
                {
                    Metadata = new ObjectMeta { Name = parse.GetValue(name) ?? ObjectName.Generate("backup-") },
                    Spec = new BackupSpec
                    {
                        VolumeName = parse.GetRequiredValue(volume), SnapshotName = parse.GetValue(snapshot) ?? "", BackupTargetName = parse.GetValue(target) ?? "",
                        BackupMode = parse.GetValue(full) ? "full" : "", Labels = LabelOption.Parse(parse.GetValue(labels) ?? []) ?? [],
                    },
                }, cancellationToken);
            if (!wait.IsWanted(parse))
            {
                context.PrintDone(backup, $"Backup {backup.Name} of volume {backup.Spec.VolumeName} is on its way: 'ankole backup show {backup.Name}' says how far it is.");
                return;
            }
            backup = await ResourceWait.UntilAsync<BackupResource>(context, server, ResourceKey.Of(backup), "backup", Judge, wait.Limit(parse), cancellationToken);
            context.PrintDone(backup, Sentence(backup));
        });
        return command;
    }

    public static WaitState Judge(BackupResource backup) => backup.Status.State switch
    {
        BackupState.Completed => WaitState.Done,
        BackupState.Error or BackupState.Unknown => WaitState.Failed(backup.Status.Error),
        BackupState.InProgress => WaitState.Going("backing up", backup.Status.Transfer),
        _ => WaitState.Going(backup.Status.Error.Length > 0 ? $"waiting: {backup.Status.Error}" : "waiting for its turn"),
    };

    private static string Sentence(BackupResource backup)
    {
        var status = backup.Status;
        var size = ByteSize.TryParse(status.Size, out var bytes) ? $", {ByteSize.Format(bytes)} of blocks" : "";
        var requests = status.Requests.Count > 0 ? $"\n  requests: {string.Join(", ", status.Requests.Where(request => request.Value > 0).Select(request => $"{request.Value} {request.Key}"))}" : "";
        return $"Backup {backup.Name} of volume {status.VolumeName} at {status.SnapshotName} is complete{size}, {ByteSize.Format(status.NewlyUploadDataSize)} of them new.\n  {status.Url}{requests}";
    }
}
