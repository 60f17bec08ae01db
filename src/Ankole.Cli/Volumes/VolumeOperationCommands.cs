using System.CommandLine;
using Ankole.Cli.Operations;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume purge|trim|verify</c>: work on a volume that takes time and ends.</summary>
internal static class VolumeOperationCommands
{
    public static Command CreatePurge()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; say which snapshots' space would be freed." };
        return Create("purge", "Free the space of removed and system snapshots.", dryRun);
    }

    public static Command CreateTrim() => Create("trim", "Give back space that the volume's user has freed.", null);

    public static Command CreateVerify() => Create("verify", "Read every byte of a volume and its snapshots, and check the chain.", null);

    private static Command Create(string operation, string description, Option<bool>? dryRun)
    {
        var name = VolumeCommand.Name();
        var wait = WaitOptions.Create("Wait until it is done.");
        var command = new Command(operation, description) { name, wait.Wait, wait.Timeout };
        if (dryRun is not null)
            command.Options.Add(dryRun);
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var volume = await server.RequireAsync(Kinds.Volume, context.Parse.GetRequiredValue(name), cancellationToken);
            if (dryRun is not null && context.Parse.GetValue(dryRun))
                await PrintPurgeAsync(context, server, volume, cancellationToken);
            else
                await OperationRequest.RunAsync(context, server, new VolumeOperationSpec { Operation = operation, VolumeName = volume.Name }, wait, cancellationToken);
        });
        return command;
    }

    private static async Task PrintPurgeAsync(CommandContext context, ServerSession server, VolumeResource volume, CancellationToken cancellationToken)
    {
        var query = new ResourceQuery(Kinds.Snapshot) { Fields = [new FieldRequirement("spec.volume", volume.Name)] };
        var going = (await ListCommand.ReadAllAsync(server, query, cancellationToken)).Cast<SnapshotResource>()
            .Where(snapshot => snapshot.Status.MarkRemoved || (snapshot.Status.ReadyToUse && !snapshot.Status.UserCreated)).ToList();
        var freed = going.Sum(snapshot => snapshot.Status.Size);
        context.PrintDone(volume, going.Count == 0
            ? $"Volume {volume.Name} has no removed or system snapshot: nothing would be freed."
            : $"Volume {volume.Name}: {string.Join(", ", going.Select(snapshot => snapshot.Name))} would go, at most {ByteSize.Format(freed)} freed.");
    }
}
