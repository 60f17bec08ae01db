using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Operations;
using Ankole.Cli.Resources;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Volumes;

/// <summary><c>ankole volume revert</c> and <c>ankole snapshot revert</c>: the volume becomes what it was at a snapshot.</summary>
internal static class VolumeRevertCommand
{
    private const string Description = "Make the volume what it was at a snapshot; what was written since its newest snapshot is lost.";

    public static Command Create()
    {
        var volume = VolumeCommand.Name();
        var snapshot = new Argument<string>("SNAPSHOT") { Description = "The snapshot's name." }.Completes(Kinds.Snapshot);
        var command = new Command("revert", Description) { volume, snapshot };
        return Completed(command, snapshot, volume);
    }

    /// <summary>The volume is the snapshot's.</summary>
    public static Command CreateOfSnapshot()
    {
        var snapshot = new Argument<string>("NAME") { Description = "The snapshot's name." }.Completes(Kinds.Snapshot);
        return Completed(new Command("revert", Description) { snapshot }, snapshot, null);
    }

    private static Command Completed(Command command, Argument<string> snapshotName, Argument<string>? volumeName)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing; say what would be lost." };
        var wait = WaitOptions.Create("Wait until it is done.", isDefault: true);
        command.Options.Add(dryRun);
        command.Options.Add(wait.Wait);
        command.Options.Add(wait.Timeout);
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var snapshot = await server.RequireAsync(Kinds.Snapshot, context.Parse.GetRequiredValue(snapshotName), cancellationToken);
            var volume = volumeName is null ? snapshot.Spec.Volume : context.Parse.GetRequiredValue(volumeName);
            if (snapshot.Spec.Volume != volume)
                throw new InvalidInputException($"snapshot '{snapshot.Name}' is of volume '{snapshot.Spec.Volume}', not of '{volume}': 'ankole snapshot ls {volume}' lists what it can be reverted to.");
            if (context.Parse.GetValue(dryRun))
                context.PrintDone(snapshot, await ForeseeAsync(server, snapshot, context.Time.GetUtcNow(), cancellationToken));
            else
                await OperationRequest.RunAsync(
                    context, server, new VolumeOperationSpec { Operation = "revert", VolumeName = volume, SnapshotName = snapshot.Name }, wait, cancellationToken);
        });
        return command;
    }

    private static async Task<string> ForeseeAsync(ServerSession server, SnapshotResource snapshot, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var volume = await server.RequireAsync(Kinds.Volume, snapshot.Spec.Volume, cancellationToken);
        var query = new ResourceQuery(Kinds.Snapshot) { Fields = [new FieldRequirement("spec.volume", volume.Name)] };
        var snapshots = (await ListCommand.ReadAllAsync(server, query, cancellationToken)).Cast<SnapshotResource>().ToList();
        var newest = snapshots.Max(known => known.Status.CreationTime);
        var written = Math.Max(0, volume.Status.ActualSize - snapshots.Sum(known => known.Status.Size));
        return $"Volume {volume.Name} would become what it was at {snapshot.Name}, {AgeText.Of(snapshot.Status.CreationTime, now)} ago.\n"
            + $"  goes:  what was written since its newest snapshot ({AgeText.Of(newest, now)} ago), about {ByteSize.Format(written)}\n"
            + $"  stays: its {snapshots.Count} snapshots, and its backups";
    }
}
