using System.CommandLine;
using Ankole.Cli.Api;
using Ankole.Cli.Resources;
using Ankole.Cli.Volumes;
using Ankole.Control;
using Ankole.Core;

namespace Ankole.Cli.Snapshots;

/// <summary><c>ankole snapshot …</c>: points in the history of the server's volumes.</summary>
internal static class SnapshotCommand
{
    public static Command Create() => new Command("snapshot", "Snapshots of the server's volumes: take, list, revert to, delete.")
    {
        CreateCreate(),
        ListCommand.Create("ls", "List snapshots, of all volumes or of one.", Kinds.Snapshot, "spec.volume"),
        ShowCommand.Create("Show a snapshot.", Kinds.Snapshot),
        VolumeRevertCommand.CreateOfSnapshot(),
        RemoveCommand.Create("Delete a snapshot and free its space. The volume, its other snapshots and backups stay as they are.", Kinds.Snapshot, ForeseeAsync),
    }.OnServer();

    private static Command CreateCreate()
    {
        var volume = VolumeCommand.Name();
        var name = new Argument<string?>("NAME") { Description = "The snapshot's name, unique among all volumes (default: generated).", Arity = ArgumentArity.ZeroOrOne };
        var labels = new Option<string[]>("--label") { Description = "Stored with the snapshot; may be given several times.", HelpName = "KEY=VALUE" };
        var wait = WaitOptions.Create("Wait until it is taken.", isDefault: true);
        var command = new Command("create", "Freeze a volume's present bytes under a name; instant, whatever the size.") { volume, name, labels, wait.Wait, wait.Timeout }.WithExamples(
            "ankole snapshot create data before-upgrade --label why=upgrade");
        command.RunsOnServer(async (context, server, cancellationToken) =>
        {
            var snapshot = await server.Resources.CreateAsync(
                new SnapshotResource
                {
                    Metadata = new ObjectMeta { Name = context.Parse.GetValue(name) ?? ObjectName.Generate("snap-") },
                    Spec = new SnapshotSpec
                    {
                        Volume = context.Parse.GetRequiredValue(volume), CreateSnapshot = true,
                        Labels = LabelOption.Parse(context.Parse.GetValue(labels) ?? []) ?? [],
                    },
                }, cancellationToken);
            if (wait.IsWanted(context.Parse))
                snapshot = await ResourceWait.UntilAsync<SnapshotResource>(
                    context, server, ResourceKey.Of(snapshot), "snapshot", Judge, wait.Limit(context.Parse), cancellationToken);
            context.PrintDone(snapshot, $"Snapshot {snapshot.Name} of volume {snapshot.Spec.Volume} is {(wait.IsWanted(context.Parse) ? "taken" : "on its way")}.");
        });
        return command;
    }

    private static WaitState Judge(SnapshotResource snapshot) => snapshot.Status switch
    {
        { ReadyToUse: true } => WaitState.Done,
        { Error.Length: > 0 } status => WaitState.Failed(status.Error),
        _ => WaitState.Going("taking it"),
    };

    private static Task<Loss> ForeseeAsync(ServerSession server, SnapshotResource snapshot, CancellationToken cancellationToken) => Task.FromResult(new Loss(
        [$"the state of volume {snapshot.Spec.Volume} at {snapshot.Status.CreationTime:u}: it can be reverted to no more"],
        ["the volume's bytes, its other snapshots, and backups made of this one"], snapshot.Status.Size));
}
