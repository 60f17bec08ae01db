using System.CommandLine;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica …</c>: works on a replica directory, directly or through the process that serves it.</summary>
internal static class ReplicaCommand
{
    public static Command Create() => new("replica", "Volumes on this machine: create, serve, snapshot, export.")
    {
        ReplicaCreateCommand.Create(),
        ReplicaInspectCommand.Create(),
        ReplicaServeCommand.Create(),
        ReplicaExportCommand.Create(),
        ReplicaImportCommand.Create(),
        ReplicaExpandCommand.Create(),
        ReplicaSnapshotCommand.Create(),
        ReplicaPurgeCommand.Create(),
    };

    public static Argument<string> Directory() => new("DIR") { Description = "The replica directory." };
}
