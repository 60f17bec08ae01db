namespace Ankole.Volumes;

/// <summary>Finds who can carry out a command on a replica directory.</summary>
public static class ReplicaCommands
{
    /// <summary>Opens the replica, or, while another process serves it, reaches that process.</summary>
    /// <exception cref="ReplicaInUseException">Another process has it open and takes no commands.</exception>
    public static async Task<IReplicaCommands> OpenAsync(string directory, ReplicaOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await Replica.OpenAsync(directory, options, cancellationToken);
        }
        catch (ReplicaInUseException)
        {
            if (await ReplicaControlClient.TryConnectAsync(directory, cancellationToken) is { } client)
                return client;
            throw;
        }
    }
}
