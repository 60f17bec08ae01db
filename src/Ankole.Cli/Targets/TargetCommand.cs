using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Operations;
using Ankole.Cli.Resources;
using Ankole.Control;

namespace Ankole.Cli.Targets;

/// <summary><c>ankole target …</c>: where backups go.</summary>
internal static class TargetCommand
{
    public static Command Create() => new Command("target", "Backup targets: where backups go.")
    {
        TargetWriteCommands.CreateCreate(),
        TargetWriteCommands.CreateSet(),
        ListCommand.Create("ls", "List backup targets, and whether they can be reached.", Kinds.BackupTarget),
        ShowCommand.Create("Show a backup target: whether it can be reached, and why not.", Kinds.BackupTarget),
        TargetSyncCommand.Create(),
        TargetTestCommand.Create(),
        CreateVerify(),
        RemoveCommand.Create("Forget a backup target. What is stored there stays.", Kinds.BackupTarget, ForeseeAsync),
    }.OnServer();

    public static Argument<string> Name() => new Argument<string>("NAME") { Description = "The backup target's name." }.Completes(Kinds.BackupTarget);

    private static Command CreateVerify()
    {
        var name = Name();
        var wait = WaitOptions.Create("Wait until it is done. Exit code 3 when something is damaged.");
        var command = new Command("verify", "Read every block that the backups in a target need and check it.") { name, wait.Wait, wait.Timeout };
        command.RunsOnServer((context, server, cancellationToken) => OperationRequest.RunAsync(
            context, server, new VolumeOperationSpec { Operation = "verify", BackupTargetName = context.Parse.GetRequiredValue(name) }, wait, cancellationToken));
        return command;
    }

    private static async Task<Loss> ForeseeAsync(ServerSession server, BackupTargetResource target, CancellationToken cancellationToken)
    {
        var query = new ResourceQuery(Kinds.BackupVolume) { Fields = [new FieldRequirement("spec.backupTargetName", target.Name)] };
        var volumes = await ListCommand.ReadAllAsync(server, query, cancellationToken);
        return new Loss(
            [$"the view of {volumes.Count} backed-up volumes in it: they are listed here no more"],
            [$"everything in {(target.Spec.BackupTargetUrl.Length > 0 ? target.Spec.BackupTargetUrl : "it")}: a target of the same URL finds it again"], null);
    }
}
