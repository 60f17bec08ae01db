using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Core;

namespace Ankole.Cli.Targets;

/// <summary><c>ankole target sync</c>: look now what is there, rather than at the next poll.</summary>
internal static class TargetSyncCommand
{
    public static Command Create()
    {
        var name = TargetCommand.Name();
        var wait = WaitOptions.Create("Wait until it has been looked at.", isDefault: true);
        var command = new Command("sync", "Look at once what a backup target holds. Exit code 6 when it cannot be reached.") { name, wait.Timeout };
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var target = await TargetProbing.RunAsync(context, server, context.Parse.GetRequiredValue(name), wait.Limit(context.Parse), cancellationToken);
            if (!target.Status.Available)
                throw new AnkoleException(ErrorKind.Unavailable, $"BackupTarget '{target.Name}' is not available: {TargetProbing.WhyUnavailable(target)}");
            context.PrintDone(target, $"BackupTarget {target.Name} holds backups of {target.Status.BackupVolumes} volumes.");
        });
        return command;
    }
}
