using System.CommandLine;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica snapshot create|ls|rm|revert</c>.</summary>
internal static class ReplicaSnapshotCommand
{
    public static Command Create() => new("snapshot", "Take, list, remove and revert to snapshots.")
    {
        CreateCreate(), CreateLs(),
        CreateChange("rm", "Mark a snapshot as removed; 'ankole replica purge' frees its space.", "removed", (replica, name, token) => replica.RemoveAsync(name, token)),
        CreateChange("revert", "Make the volume what it was at a snapshot; what was written since the newest snapshot is lost.", "reverted",
            (replica, name, token) => replica.RevertAsync(name, token)),
    };

    private static Argument<string> SnapshotName() => new("NAME") { Description = "The snapshot's name." };

    private static Command CreateCreate()
    {
        var directory = ReplicaCommand.Directory();
        var name = new Argument<string?>("NAME") { Description = "The snapshot's name (default: generated).", Arity = ArgumentArity.ZeroOrOne };
        var labels = new Option<string[]>("--label") { Description = "A label; may be given several times.", HelpName = "KEY=VALUE" };
        var command = new Command("create", "Freeze the volume's present bytes under a name; instant, whatever the size.") { directory, name, labels };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var snapshot = context.Parse.GetValue(name) ?? ObjectName.Generate("snap-");
            var parsed = LabelOption.Parse(context.Parse.GetValue(labels) ?? []);
            await using (var replica = await ReplicaAccess.CommandAsync(context, path, cancellationToken))
                await replica.SnapshotAsync(snapshot, parsed, cancellationToken);
            Print(context, path, "created", snapshot);
        });
        return command;
    }

    private static Command CreateLs()
    {
        var directory = ReplicaCommand.Directory();
        var command = new Command("ls", "List snapshots, newest first; removed ones and other branches too.") { directory };
        command.Runs((context, _) =>
        {
            var inspection = ReplicaAccess.Read(context, context.Parse.GetRequiredValue(directory)).Inspect();
            var snapshots = inspection.Disks.Where(disk => disk.Snapshot is not null)
                .OrderByDescending(disk => disk.IsInLiveChain).ThenBy(disk => Depth(inspection, disk)).ThenByDescending(disk => disk.Created, StringComparer.Ordinal)
                .Select(disk => SnapshotOutput.Of(disk, inspection.Disks));
            context.Print(new SnapshotListOutput(inspection.Directory, [.. snapshots]), CliJson.Readable.SnapshotListOutput, Write);
            return Task.CompletedTask;
        });
        return command;
    }

    private static Command CreateChange(string verb, string description, string change, Func<IReplicaCommands, string, CancellationToken, Task> apply)
    {
        var directory = ReplicaCommand.Directory();
        var name = SnapshotName();
        var command = new Command(verb, description) { directory, name };
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            var snapshot = context.Parse.GetRequiredValue(name);
            await using (var replica = await ReplicaAccess.CommandAsync(context, path, cancellationToken))
                await apply(replica, snapshot, cancellationToken);
            Print(context, path, change, snapshot);
        });
        return command;
    }

    private static void Print(CommandContext context, string directory, string change, string snapshot) => context.Print(
        new ReplicaChangeOutput(directory, change, snapshot, null), CliJson.Readable.ReplicaChangeOutput,
        (writer, _) => writer.WriteLine(change == "reverted" ? $"{directory} is what it was at {snapshot}." : $"Snapshot {snapshot} of {directory} {change}."));

    private static int Depth(ReplicaInspection inspection, DiskInspection disk) => inspection.Chain.TakeWhile(name => name != disk.Name).Count();

    private static void Write(TextWriter writer, SnapshotListOutput output)
    {
        if (output.Snapshots.Count == 0)
            writer.WriteLine($"No snapshots in {output.Directory}.");
        else
            TextTable.Write(writer, ["SNAPSHOT", "PARENT", "CREATED", "OCCUPIES", "NOTE"], [.. output.Snapshots.Select(Row)]);
    }

    private static string[] Row(SnapshotOutput snapshot) =>
    [
        snapshot.Name, snapshot.Parent, snapshot.CreatedAt, ByteSize.Format(snapshot.SizeBytes),
        string.Join(", ", new[] { snapshot.IsRemoved ? "removed" : "", snapshot.IsUserCreated ? "" : "system", snapshot.IsInLiveChain ? "" : "other branch" }
            .Where(note => note.Length > 0)),
    ];
}
