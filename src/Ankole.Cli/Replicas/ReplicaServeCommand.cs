using System.CommandLine;
using Ankole.Nbd;
using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica serve</c>: a volume, or one of its snapshots read-only, as an NBD device.</summary>
internal static class ReplicaServeCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var snapshot = new Option<string?>("--snapshot") { Description = "Serve this snapshot, read-only.", HelpName = "NAME" };
        var serve = new NbdServeOptions();
        var command = new Command("serve", "Serve a volume over NBD. Snapshots can be taken meanwhile: other commands act through this process.") { directory, snapshot };
        serve.AddTo(command);
        command.Runs(async (context, cancellationToken) =>
        {
            var path = context.Parse.GetRequiredValue(directory);
            serve.Address(context.Parse);
            if (context.Parse.GetValue(snapshot) is { } name)
                await ServeSnapshotAsync(context, serve, path, name, cancellationToken);
            else
                await ServeHeadAsync(context, serve, path, cancellationToken);
        });
        return command;
    }

    private static async Task ServeHeadAsync(CommandContext context, NbdServeOptions serve, string directory, CancellationToken cancellationToken)
    {
        await using var replica = await ReplicaAccess.OpenAsync(context, directory, cancellationToken);
        var export = new NbdExport(serve.ExportName(context.Parse), replica)
        {
            Description = $"volume in {replica.DirectoryPath}", Changes = new ReplicaChangeSource(replica),
        };
        await NbdService.RunAsync(context, serve, export, cancellationToken, server => ReplicaControlServer.Start(replica, () => server.ConnectionCount));
    }

    private static async Task ServeSnapshotAsync(
        CommandContext context, NbdServeOptions serve, string directory, string snapshot, CancellationToken cancellationToken)
    {
        var reader = ReplicaAccess.Read(context, directory);
        var others = reader.Inspect().Disks.Select(disk => disk.Snapshot).OfType<string>().Where(name => name != snapshot);
        await using var view = reader.OpenSnapshot(snapshot);
        var export = new NbdExport(serve.ExportName(context.Parse), view, readOnly: true)
        {
            Description = $"snapshot {snapshot} of {directory}", Changes = new SnapshotChangeSource(view, [.. others]),
        };
        await NbdService.RunAsync(context, serve, export, cancellationToken);
    }
}
