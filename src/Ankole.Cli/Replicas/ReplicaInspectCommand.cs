using System.CommandLine;
using Ankole.Core;
using Ankole.Volumes;

namespace Ankole.Cli.Replicas;

/// <summary><c>ankole replica inspect</c>: what a directory holds. Writes nothing, whatever state the directory is in.</summary>
internal static class ReplicaInspectCommand
{
    public static Command Create()
    {
        var directory = ReplicaCommand.Directory();
        var command = new Command("inspect", "Show a volume's size, chain, snapshots and state. Changes nothing.") { directory };
        command.Runs((context, _) =>
        {
            var inspection = ReplicaAccess.Read(context, context.Parse.GetRequiredValue(directory)).Inspect();
            context.Print(inspection, CliJson.Readable.ReplicaInspection, Write);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Write(TextWriter writer, ReplicaInspection replica)
    {
        writer.WriteLine($"Directory  {replica.Directory}");
        writer.WriteLine($"Size       {ByteSize.Format(replica.SizeBytes)} ({replica.SizeBytes} bytes), {ByteSize.Format(replica.AllocatedBytes)} occupied");
        writer.WriteLine($"State      {(replica.Rebuilding ? "incomplete (rebuilding)" : replica.Dirty ? "in use, or not closed cleanly" : "clean")}");
        if (replica.BackingFile.Length > 0)
            writer.WriteLine($"Backing    {replica.BackingFile}");
        writer.WriteLine("Chain      newest first");
        foreach (var name in replica.Chain)
            writer.WriteLine($"  {Describe(replica.Disks.Single(disk => disk.Name == name))}");
        foreach (var disk in replica.Disks.Where(disk => !disk.IsInLiveChain))
            writer.WriteLine($"  {Describe(disk)}, not in the live chain (parent {disk.Parent})");
        foreach (var warning in replica.Warnings)
            writer.WriteLine($"Note       {warning.Message}");
    }

    private static string Describe(DiskInspection disk)
    {
        var what = disk switch
        {
            { IsHead: true } => "head",
            { Snapshot: null } => "unfinished snapshot",
            { UserCreated: true } => "snapshot",
            _ => "system snapshot",
        };
        return $"{disk.Snapshot ?? disk.Name}: {what}, {disk.Created}, {ByteSize.Format(disk.AllocatedBytes)}{(disk.Removed ? ", removed" : "")}";
    }
}
