using Ankole.Core;
using Ankole.Files;
using Ankole.Nbd;
using Ankole.Volumes;

namespace Ankole.Cli;

/// <summary>Opens what a SOURCE names.</summary>
internal static class SourceOpener
{
    /// <param name="snapshot">
    /// For a replica without <c>@SNAPSHOT</c>: the snapshot to take now and read, so that the bytes hold still; null: a generated name.
    /// </param>
    public static async Task<IBlockSource> OpenAsync(CommandContext context, Endpoint endpoint, string? snapshot, CancellationToken cancellationToken) =>
        endpoint switch
        {
            Endpoint.RawImageEndpoint raw => RawImage.OpenRead(raw.Path),
            Endpoint.NbdEndpoint nbd => await NbdEndpoints.ConnectAsync(nbd.Uri, cancellationToken),
            Endpoint.ReplicaEndpoint { Snapshot: { } named } replica => ReplicaAccess.Read(context, replica.Directory).OpenSnapshot(named),
            Endpoint.ReplicaEndpoint replica => await OpenNewSnapshotAsync(context, replica.Directory, snapshot, cancellationToken),
            _ => throw new InvalidOperationException($"unknown endpoint {endpoint}"),
        };

    private static async Task<IBlockSource> OpenNewSnapshotAsync(CommandContext context, string directory, string? snapshot, CancellationToken cancellationToken)
    {
        var name = snapshot ?? ObjectName.Generate("snap-");
        await using (var replica = await ReplicaAccess.CommandAsync(context, directory, cancellationToken))
            await replica.SnapshotAsync(name, labels: null, cancellationToken);
        context.Note($"Took snapshot {name} of {directory}.");
        return ReplicaAccess.Read(context, directory).OpenSnapshot(name);
    }
}
