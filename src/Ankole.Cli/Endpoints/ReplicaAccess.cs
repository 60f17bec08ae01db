using Ankole.Volumes;

namespace Ankole.Cli;

/// <summary>Opens replica directories, and passes on what was noticed about them.</summary>
internal static class ReplicaAccess
{
    /// <summary>For reading only; nothing in the directory is written.</summary>
    public static ReplicaReader Read(CommandContext context, string directory) =>
        ReplicaReader.Open(directory, new ReplicaOptions { Clock = context.Time });

    /// <summary>For snapshots and the like: through the process that serves the directory, or directly when nobody does.</summary>
    public static async Task<IReplicaCommands> CommandAsync(CommandContext context, string directory, CancellationToken cancellationToken)
    {
        if (await ReplicaControlClient.TryConnectAsync(directory, cancellationToken) is { } serving)
            return serving;
        return await OpenAsync(context, directory, cancellationToken);
    }

    /// <summary>For reading and writing.</summary>
    public static async Task<Replica> OpenAsync(CommandContext context, string directory, CancellationToken cancellationToken)
    {
        var replica = await Replica.OpenAsync(directory, new ReplicaOptions { Clock = context.Time }, cancellationToken);
        foreach (var warning in replica.OpeningWarnings.Where(warning => warning.Kind != ReplicaWarningKind.Dirty))
            context.Warn(warning.Message);
        return replica;
    }
}
