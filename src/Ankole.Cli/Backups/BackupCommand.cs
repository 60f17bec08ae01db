using System.CommandLine;
using System.Text.Json;
using Ankole.Cli.Api;
using Ankole.Cli.Operations;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Backups;

/// <summary><c>ankole backup …</c>: backups of the server's volumes, and those that others left in its targets.</summary>
internal static class BackupCommand
{
    public static Command Create() => new Command("backup", "Backups: take, list, restore, check, delete.")
    {
        BackupCreateCommand.Create(),
        ListCommand.Create("ls", "List backups, of all volumes or of one; those of other systems too.", Kinds.Backup, "spec.volumeName"),
        ShowCommand.Create("Show a backup.", Kinds.Backup),
        BackupRestoreCommand.Create(),
        CreateVerify(),
        RemoveCommand.Create("Delete a backup and the blocks nobody needs any more, from the backupstore too.", Kinds.Backup, ForeseeAsync, CountAsync),
    }.OnServer();

    public static Argument<string> Name() => new Argument<string>("BACKUP") { Description = "The backup's name." }.Completes(Kinds.Backup);

    private static Command CreateVerify()
    {
        var name = Name();
        var wait = WaitOptions.Create("Wait until it is done. Exit code 3 when something is damaged.", isDefault: true);
        var command = new Command("verify", "Read every block that a backup needs and check it.") { name, wait.Wait, wait.Timeout };
        command.RunsOnServer((context, server, cancellationToken) => OperationRequest.RunAsync(
            context, server, new VolumeOperationSpec { Operation = "verify", BackupName = context.Parse.GetRequiredValue(name) }, wait, cancellationToken));
        return command;
    }

    private static Task<Loss> ForeseeAsync(ServerSession server, BackupResource backup, CancellationToken cancellationToken)
    {
        long? size = ByteSize.TryParse(backup.Status.Size, out var bytes) ? bytes : null;
        IReadOnlyList<string> goes = backup.Status.Url.Length > 0 ? [$"{backup.Status.Url}, taken {backup.Status.SnapshotCreatedAt ?? backup.Status.BackupCreatedAt:u}"] : [];
        return Task.FromResult(new Loss(goes, ["blocks that other backups need, so less may be freed", .. Stays(backup)], size));
    }

    private static IReadOnlyList<string> Stays(BackupResource backup) => [$"volume {backup.Spec.VolumeName} and its snapshots"];

    /// <summary>The server asks the target, as the deletion itself does. Where it does not answer, the bound must do.</summary>
    private static async Task<Loss> CountAsync(CommandContext context, ServerSession server, BackupResource backup, Loss bound, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await server.Client.SendAsync(HttpMethod.Get, $"ankole/deletions/backups/{backup.Name}", null, cancellationToken);
            var counted = JsonSerializer.Deserialize(bytes, ControlJson.TypeInfo<DeletionAnswer>()) ?? throw new JsonException("the server answered null");
            string[] kept = counted.BlocksKeptBecause.Length > 0 ? [$"its blocks for now: {counted.BlocksKeptBecause}"] : ["blocks that other backups need"];
            return new Loss(bound.Goes, [.. kept, .. Stays(backup)], counted.Bytes, IsExact: true);
        }
        catch (AnkoleException e)
        {
            context.Warn($"how much backup {backup.Name} frees cannot be counted: {e.Message}");
            return bound;
        }
    }
}
